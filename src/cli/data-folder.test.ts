import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultFolder } from './data-folder.ts'

const home = join('/', 'home', 'alice')

test.each([
  ['linux', {}, join(home, '.local', 'share', 'holdfast')],
  ['linux', { XDG_DATA_HOME: '/data' }, join('/data', 'holdfast')],
  ['linux', { XDG_DATA_HOME: 'relative' }, join(home, '.local', 'share', 'holdfast')],
  ['linux', { HOLDFAST_DIR: '/here', XDG_DATA_HOME: '/data' }, '/here'],
  ['linux', { HOLDFAST_DIR: '' }, join(home, '.local', 'share', 'holdfast')],
  ['darwin', {}, join(home, 'Library', 'Application Support', 'holdfast')],
  ['win32', { APPDATA: '/roaming' }, join('/roaming', 'holdfast')],
  ['win32', {}, join(home, 'AppData', 'Roaming', 'holdfast')],
] as const)('on %s with %j it is %s', (platform, env, folder) => {
  expect(defaultFolder(env, platform, home)).toBe(folder)
})
