import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backUpIdentity, replaceIdentity, restoreIdentity } from './identity-backup.ts'
import { identityFileName, loadOrCreateIdentity } from './identity-file.ts'

let root: string
let dir: string
let backup: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-backup-'))
  dir = join(root, 'node')
  backup = join(root, 'backup.pem')
})
afterEach(() => rm(root, { recursive: true }))

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

describe('a backup', () => {
  test('is a private file from which another folder gets the same identity', async () => {
    const { id } = await loadOrCreateIdentity(dir)
    expect((await backUpIdentity(dir, backup)).id).toBe(id)
    expect(await modeOf(backup)).toBe(0o600)
    const other = join(root, 'other')
    await mkdir(other)
    expect((await restoreIdentity(other, backup)).id).toBe(id)
    expect((await loadOrCreateIdentity(other)).id).toBe(id)
    expect(await modeOf(join(other, identityFileName))).toBe(0o600)
    expect(await readdir(root)).toEqual(['backup.pem', 'node', 'other'])
  })

  test('never takes the place of a file, not even of one that is being written', async () => {
    await loadOrCreateIdentity(dir)
    await writeFile(backup, 'somebody’s diary')
    await expect(backUpIdentity(dir, backup)).rejects.toMatchObject({ code: 'identity-exists' })
    expect(await readFile(backup, 'utf8')).toBe('somebody’s diary')
    const raced = await Promise.allSettled([1, 2, 3].map(() => backUpIdentity(dir, join(root, 'raced.pem'))))
    expect(raced.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('is not made of nothing, and not in a folder that is not there', async () => {
    await expect(backUpIdentity(dir, backup)).rejects.toMatchObject({ code: 'identity-missing' })
    expect(await readdir(root)).toEqual([])
    await loadOrCreateIdentity(dir)
    await expect(backUpIdentity(dir, join(root, 'none', 'backup.pem'))).rejects.toMatchObject({
      code: 'identity-not-saved',
    })
  })
})

describe('restoring', () => {
  test('into a folder with another identity is refused, with the same one it changes nothing', async () => {
    await loadOrCreateIdentity(dir)
    await backUpIdentity(dir, backup)
    await restoreIdentity(dir, backup)
    const other = join(root, 'other')
    const { id } = await loadOrCreateIdentity(other)
    await expect(restoreIdentity(other, backup)).rejects.toThrow(
      `(${id}), and nothing was overwritten; move it to a safe place`,
    )
    expect((await loadOrCreateIdentity(other)).id).toBe(id)
  })

  test.each([
    ['is missing', undefined, 'there is no such file'],
    ['is damaged', '-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n', 'it does not hold a whole'],
    ['is something else', 'x'.repeat(10_000), 'it is too large (10000 bytes)'],
  ])('from a backup that %s changes nothing', async (_what, text, problem) => {
    await mkdir(dir)
    if (text !== undefined) await writeFile(backup, text)
    await expect(restoreIdentity(dir, backup)).rejects.toThrow(problem)
    expect(await readdir(dir)).toEqual([])
  })

  test('from a folder is refused', async () => {
    await mkdir(dir)
    await expect(restoreIdentity(dir, root)).rejects.toMatchObject({ code: 'identity-backup-unusable' })
  })
})

describe('replacing', () => {
  test('makes a new identity and keeps the old one, which can be restored elsewhere', async () => {
    const { id } = await loadOrCreateIdentity(dir)
    const { before, identity, kept } = await replaceIdentity(dir)
    expect(before.id).toBe(id)
    expect(identity.id).not.toBe(id)
    expect((await loadOrCreateIdentity(dir)).id).toBe(identity.id)
    expect(await modeOf(kept)).toBe(0o600)
    const other = join(root, 'other')
    await mkdir(other)
    expect((await restoreIdentity(other, kept)).id).toBe(id)
    expect(await readdir(dir)).toHaveLength(2)
  })

  test('of one that was kept before keeps it once, and refuses to lose another under that name', async () => {
    await loadOrCreateIdentity(dir)
    const { kept } = await replaceIdentity(dir)
    await rm(join(dir, identityFileName))
    await link(kept, join(dir, identityFileName))
    await replaceIdentity(dir)
    await rm(join(dir, identityFileName))
    await writeFile(join(dir, identityFileName), await readFile(kept), { mode: 0o600 })
    await writeFile(kept, 'something else')
    const present = await readFile(join(dir, identityFileName), 'utf8')
    await expect(replaceIdentity(dir)).rejects.toMatchObject({ code: 'identity-exists' })
    expect(await readFile(join(dir, identityFileName), 'utf8')).toBe(present)
  })

  test('does nothing where there is no identity, or where others may read it', async () => {
    await expect(replaceIdentity(dir)).rejects.toMatchObject({ code: 'identity-missing' })
    await loadOrCreateIdentity(dir)
    await chmod(join(dir, identityFileName), 0o644)
    await expect(replaceIdentity(dir)).rejects.toMatchObject({ code: 'identity-exposed' })
    expect(await readdir(dir)).toEqual([identityFileName])
  })
})
