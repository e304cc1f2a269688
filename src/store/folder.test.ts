import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { testPeer } from '../../test/conformance/store.ts'
import { FolderInUseError, StoreError } from './errors.ts'
import { type FolderHold, holdFolder } from './folder.ts'
import { openSqliteStore, readStore } from './sqlite.ts'

let base: string
let dir: string
const children: ChildProcess[] = []
const holds: FolderHold[] = []

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'holdfast-folder-'))
  dir = join(base, 'alice')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const hold of holds.splice(0)) hold.release()
  rmSync(base, { recursive: true, force: true })
})

async function hold(path = dir): Promise<FolderHold> {
  const held = await holdFolder(path)
  holds.push(held)
  return held
}

/** Runs `script` with `dir`, `holdFolder` and `openSqliteStore` in scope, in another process; gives the lines that it prints. */
function run(script: string, options: { args?: string[]; uid?: number } = {}) {
  const here = JSON.stringify(import.meta.dirname)
  const source = `
    const { holdFolder } = await import(${here} + '/folder.ts')
    const { openSqliteStore, readStore } = await import(${here} + '/sqlite.ts')
    const dir = ${JSON.stringify(dir)}
    ${script}`
  const { args = [], uid } = options
  const child = spawn(process.execPath, [...args, '--input-type=module', '--eval', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid }),
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    async line(): Promise<string> {
      const { value, done } = await lines.next()
      return done === true ? 'ended' : value
    },
  }
}

const holdAndWait = `
  await holdFolder(dir).then(() => console.log('held'), (error) => console.log(error.code))
  setInterval(() => {}, 1000)`

it('makes the folder for this user alone, and gives its real path', async () => {
  const held = await hold(join(base, 'a', 'b'))
  expect(statSync(held.dir).isDirectory()).toBe(true)
  if (process.platform !== 'win32') {
    expect(statSync(held.dir).mode & 0o777).toBe(0o700)
    for (const file of readdirSync(held.dir)) expect(statSync(join(held.dir, file)).mode & 0o777).toBe(0o600)
  }
})

it('is refused a second time in one process, until it is released', async () => {
  const first = await hold()
  const message = `The folder '${first.dir}' is in use by another node of this process (pid ${process.pid}); close that node, or choose another folder`
  await expect(hold()).rejects.toThrow(message)
  first.release()
  first.release()
  expect(existsSync(join(dir, 'lock.holder'))).toBe(false)
  const second = await hold()
  first.release() // must not let go of what is not its own any more
  await expect(hold()).rejects.toThrow(FolderInUseError)
  second.release()
})

it('is one folder by whatever name', async () => {
  await hold()
  symlinkSync(dir, join(base, 'link'), 'junction')
  await expect(hold(join(base, 'link'))).rejects.toThrow(FolderInUseError)
})

it('goes to one of several that ask at the same moment', async () => {
  const asked = await Promise.allSettled(Array.from({ length: 5 }, () => hold()))
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('is refused to a second process, and free again at once when the first is killed', async () => {
  const first = run(holdAndWait)
  expect(await first.line()).toBe('held')
  const refused = await hold().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(FolderInUseError)
  expect(refused).toMatchObject({ code: 'folder-in-use', pid: first.child.pid })
  expect((refused as Error).message).toContain(`another process (pid ${first.child.pid}); stop that process, or choose`)

  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  expect(existsSync(join(dir, 'lock.holder'))).toBe(true) // left behind, and no obstacle
  await hold()
  expect(await run(holdAndWait).line()).toBe('folder-in-use')
})

it('is held by exactly one of many processes that start at once', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => run(holdAndWait).line()))
  expect(answers.toSorted()).toEqual([...Array(4).fill('folder-in-use'), 'held'])
}, 20_000)

it('stays held when nothing refers to the hold any more', async () => {
  const first = run(
    `await holdFolder(dir)
     for (let round = 0; round < 20; round++) { await new Promise(setImmediate); gc() }
     console.log('collected')
     setInterval(() => {}, 1000)`,
    { args: ['--expose-gc'] },
  )
  expect(await first.line()).toBe('collected')
  await expect(hold()).rejects.toThrow(FolderInUseError)
})

it('is not inherited by child processes', async () => {
  const first = run(
    `await holdFolder(dir)
     const { spawn } = await import('node:child_process')
     const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'ignore', detached: true })
     console.log(child.pid)`,
  )
  const grandchild = Number(await first.line())
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  try {
    await hold()
  } finally {
    process.kill(grandchild, 'SIGKILL')
  }
})

it('survives nonsense in its information file', async () => {
  for (const content of ['', '{"pid":', '{"pid":"x"}', 'null', '{"pid":1,"host":"\\u001b[2J"}']) {
    const held = await hold()
    writeFileSync(join(dir, 'lock.holder'), content)
    await run(`await holdFolder(dir).catch((error) => console.log(error.message))`)
      .line()
      .then((line) => {
        expect(line).toBe(
          `The folder '${held.dir}' is in use by another process; stop that process, or choose another folder`,
        )
      })
    held.release()
  }
}, 20_000)

it('says so when the folder is a file, or its lock not a lock', async () => {
  writeFileSync(dir, '')
  await expect(hold()).rejects.toThrow(`'${dir}' is not a folder but a file; choose another folder`)
  await expect(hold(join(dir, 'below'))).rejects.toThrow(StoreError)
  rmSync(dir)
  const held = await hold()
  held.release()
  writeFileSync(join(dir, 'lock'), 'not a lock at all '.repeat(300))
  await expect(hold()).rejects.toThrow(
    /is not one of Holdfast's; make sure that no node uses the folder, delete the file/,
  )
})

it('lets others read what is stored while it is held', async () => {
  await hold()
  expect(readStore(dir)).toBeUndefined()
  expect(readdirSync(dir).toSorted()).toEqual(['lock', 'lock.holder'])
  const store = openSqliteStore(dir)
  store.savePeer(testPeer(1))
  store.saveSetting('port', '4000')
  const reader = run(
    `const data = readStore(dir); console.log(data.peers().length, data.setting('port'), data.setting('none'))`,
  )
  expect(await reader.line()).toBe('1 4000 undefined')
  store.savePeer(testPeer(2))
  expect(readStore(dir)?.peers()).toStrictEqual([testPeer(1), testPeer(2)])
  store.close()
})

it('loses nothing that a call had returned from when the process is killed', async () => {
  const writer = run(
    `const store = openSqliteStore(dir)
     for (let n = 0; ; n++) {
       store.saveSetting('n', String(n))
       store.nextInstanceStart(0)
       process.stdout.write(n + '\\n')
       if (n % 100 === 0) await new Promise(setImmediate)
     }`,
  )
  // The folder is made by the hold.
  await hold()
  let last = 0
  for (let line = await writer.line(); line !== 'ended'; line = await writer.line()) {
    last = Number(line)
    if (last === 300) writer.child.kill('SIGKILL')
  }
  const store = openSqliteStore(dir)
  expect(last).toBeGreaterThanOrEqual(300)
  expect(Number(store.setting('n'))).toBeGreaterThanOrEqual(last)
  expect(store.nextInstanceStart(0)).toBeGreaterThan(last + 1)
  store.close()
})

it.skipIf(process.platform === 'win32')('says so when the folder cannot be written to', async () => {
  const held = await hold()
  openSqliteStore(dir).close()
  held.release()
  const script = `
    await holdFolder(dir).catch((error) => console.log(error.message))
    try { openSqliteStore(dir) } catch (error) { console.log(error.message) }`
  // Permissions do not bind root, so that in a container this needs another user.
  const { execFileSync } = await import('node:child_process')
  execFileSync('chmod', ['-R', 'a=rX', base])
  const reader = run(script, process.getuid?.() === 0 ? { uid: 65534 } : {})
  const cure = 'give this user permission to read and write the folder and its files, or choose another folder'
  for (const what of ['take the lock', 'open the database']) {
    const line = await reader.line()
    expect(line).toContain(`Cannot ${what} '${dir}`)
    expect(line).toContain(cure)
  }
  execFileSync('chmod', ['-R', 'u+rwX', base])
})

it.each([
  ['in a file system that takes no folders', '/proc/holdfast', '/proc/holdfast'],
  ['below a folder that cannot be made there', '/proc/holdfast/alice', '/proc/holdfast'],
])('ends with a sentence %s', { skip: process.platform !== 'linux' }, async (_where, path, named) => {
  await expect(hold(path)).rejects.toThrow(
    `'${named}' is in a file system that takes no folders; choose another folder`,
  )
})

it('ends with a sentence where a symbolic link leads nowhere', async () => {
  symlinkSync(join(base, 'missing'), dir)
  await expect(hold()).rejects.toThrow(`'${dir}' is a symbolic link that leads nowhere; choose another folder`)
  await expect(hold(join(dir, 'below'))).rejects.toThrow(`'${dir}' is a symbolic link that leads nowhere`)
})

it('makes the folders above as well, for this user alone', async () => {
  const deep = join(dir, 'a', 'b')
  await Promise.all([hold(deep), hold(join(dir, 'a', 'c'))])
  expect([dir, join(dir, 'a'), deep].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
})

it.skipIf(process.platform === 'win32')('waits for nobody to write where a file should be', async () => {
  const held = await hold()
  held.release()
  rmSync(join(dir, 'lock'))
  for (const name of ['lock', 'holdfast.db']) spawnSync('mkfifo', ['-m', '600', join(dir, name)])
  await expect(hold()).rejects.toThrow(/lock' is not one of Holdfast's/)
  expect(() => openSqliteStore(dir)).toThrow(/holdfast\.db' is damaged \(it is not a regular file\)/)
})

it.skipIf(process.platform === 'win32').each(['-wal', '-shm', '-journal'])(
  'waits for nobody to write where a journal of the database should be: %s',
  (suffix) => {
    mkdirSync(dir)
    openSqliteStore(dir).close()
    spawnSync('mkfifo', ['-m', '600', join(dir, `holdfast.db${suffix}`)])
    for (const use of [openSqliteStore, readStore])
      expect(() => use(dir)).toThrow(`its journal '${join(dir, 'holdfast.db')}${suffix}' is not a regular file`)
  },
)

it.skipIf(process.platform === 'win32')('neither reads nor writes a FIFO where its information should be', async () => {
  mkdirSync(dir)
  spawnSync('mkfifo', ['-m', '600', join(dir, 'lock.holder')])
  const held = await hold()
  expect(statSync(join(dir, 'lock.holder')).isFile()).toBe(true)
  held.release()
})
