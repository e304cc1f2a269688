// Where a node is kept when nobody says where.
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** `HOLDFAST_DIR`, or the place where the platform keeps the data of programs. */
export function defaultFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const { HOLDFAST_DIR, XDG_DATA_HOME, APPDATA } = env
  if (HOLDFAST_DIR) return HOLDFAST_DIR
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'holdfast')
    case 'win32':
      return join(APPDATA || join(home, 'AppData', 'Roaming'), 'holdfast')
    default:
      // The XDG base directory specification has relative paths ignored.
      return join(
        XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : join(home, '.local', 'share'),
        'holdfast',
      )
  }
}
