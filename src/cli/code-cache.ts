// Compiled code is kept between runs, which halves the time that a command takes to start.
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Keeps it where this user alone writes, and not where Node would, in the folder for temporary files: whoever wrote to that could have others run their code. */
export function keepCompiledCode({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv = process.env): void {
  const cache = [XDG_CACHE_HOME, LOCALAPPDATA].find((path) => path !== undefined && isAbsolute(path))
  // Where that cannot be written to, everything goes on as without.
  enableCompileCache(join(cache ?? join(homedir(), '.cache'), 'holdfast', 'code'))
}
