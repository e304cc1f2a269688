import { execFile } from 'node:child_process'
import { generateKeyPairSync, verify } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateIdentity, identityFromPem, identityFromPrivateKey, identityToPem } from './identity.ts'
import { identityFileName, loadOrCreateIdentity } from './identity-file.ts'
import { publicKeyOf } from './peer-id.ts'

const posix = process.platform !== 'win32'

describe('an identity', () => {
  it('signs, so that its public key verifies', () => {
    const identity = generateIdentity()
    const data = Buffer.from('data')
    const key = { key: Buffer.from(identity.publicKey).toString('base64url'), kty: 'OKP', crv: 'Ed25519' }
    const jwk = { key: { kty: key.kty, crv: key.crv, x: key.key }, format: 'jwk' } as const
    expect(verify(null, data, jwk, identity.sign(data))).toBe(true)
    expect(publicKeyOf(identity.id)).toEqual(identity.publicKey)
  })

  it('comes back from its text', () => {
    const identity = generateIdentity()
    expect(identityFromPem(identityToPem(identity)).id).toBe(identity.id)
  })

  it('is made of an Ed25519 private key and nothing else', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => identityFromPrivateKey(privateKey)).toThrow(/needs an Ed25519 private key, but this is ec/)
    expect(() => identityFromPrivateKey(publicKey)).toThrow(TypeError)
  })
})

describe('the identity of a folder', () => {
  let parent: string
  let dir: string
  let path: string

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'holdfast-identity-'))
    dir = join(parent, 'alice')
    path = join(dir, identityFileName)
  })

  afterEach(() => rm(parent, { recursive: true, force: true }))

  it('is made once, in a private file in a private folder, and is the same ever after', async () => {
    const first = await loadOrCreateIdentity(dir)
    expect((await loadOrCreateIdentity(dir)).id).toBe(first.id)
    expect(await readdir(dir)).toEqual([identityFileName])
    if (!posix) return
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
  })

  it('is one and the same for all who start at once, in one process and in several', async () => {
    const here = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateIdentity(dir)))
    expect(new Set(here.map(({ id }) => id)).size).toBe(1)
    const other = join(parent, 'bob')
    const script = `
      import { loadOrCreateIdentity } from ${JSON.stringify(new URL('identity-file.ts', import.meta.url).href)}
      console.log((await loadOrCreateIdentity(${JSON.stringify(other)})).id)`
    const start = promisify(execFile)
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => start(process.execPath, ['--input-type=module-typescript', '--eval', script])),
    )
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
    expect(await readdir(other)).toEqual([identityFileName])
  })

  it('is never overwritten when it is damaged, and the error says where and what to do', async () => {
    const pem = identityToPem(generateIdentity())
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' })
    await mkdir(dir)
    const damages: [string, string | Buffer, RegExp][] = [
      ['empty', '', /it is empty/],
      ['cut off', pem.slice(0, 70), /does not hold a whole Ed25519 private key/],
      ['flipped', pem.replace(/[\w+/]{6}(?=\n)/, '!!!!!!'), /does not hold/],
      ['of another kind', ec, /does not hold/],
      ['noise', Buffer.alloc(200, 0xff), /does not hold/],
      ['too large', pem + '#'.repeat(5000), /too large/],
    ]
    for (const [, content, message] of damages) {
      await writeFile(path, content, { mode: 0o600 })
      const loading = loadOrCreateIdentity(dir)
      await expect(loading).rejects.toMatchObject({ code: 'identity-damaged', path })
      await expect(loading).rejects.toThrow(message)
      await expect(loading).rejects.toThrow(/Restore the file from a backup/)
      expect((await readFile(path)).equals(Buffer.from(content))).toBe(true)
    }
  })

  it('is refused when something else stands in its place', async () => {
    await mkdir(path, { recursive: true })
    await expect(loadOrCreateIdentity(dir)).rejects.toMatchObject({ code: 'identity-damaged' })
    await rm(path, { recursive: true })
    if (!posix) return
    await promisify(execFile)('mkfifo', [path])
    await expect(loadOrCreateIdentity(dir)).rejects.toThrow(/not a regular file/)
    await rm(path)
    await symlink(path, path)
    await expect(loadOrCreateIdentity(dir)).rejects.toMatchObject({ code: 'identity-damaged' })
  })

  it.runIf(posix)('is refused while other users may read it, with the command that helps', async () => {
    const { id } = await loadOrCreateIdentity(dir)
    for (const mode of [0o640, 0o604, 0o622, 0o777]) {
      await chmod(path, mode)
      await expect(loadOrCreateIdentity(dir)).rejects.toMatchObject({ code: 'identity-exposed', path })
    }
    await expect(loadOrCreateIdentity(dir)).rejects.toThrow(`chmod 600 '${path}'`)
    await chmod(path, 0o400)
    expect((await loadOrCreateIdentity(dir)).id).toBe(id)
    await chmod(path, 0o600)
    await truncate(path, 0)
    await expect(loadOrCreateIdentity(dir)).rejects.toMatchObject({ code: 'identity-damaged' })
  })

  it('cannot be saved where no folder can be', async () => {
    await writeFile(join(parent, 'file'), '')
    const inFile = loadOrCreateIdentity(join(parent, 'file', 'alice'))
    await expect(inFile).rejects.toMatchObject({
      code: 'identity-not-saved',
      path: join(parent, 'file', 'alice', identityFileName),
    })
  })
})
