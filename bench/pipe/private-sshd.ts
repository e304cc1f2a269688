// A server of OpenSSH that nobody else sees: on a free port of loopback, with keys and a configuration of its own.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { makeFolder } from '../folder.ts'
import { Program } from './program.ts'

/** Why there is no comparison. */
export class SshMissingError extends Error {}

export interface PrivateSshd extends Disposable {
  /** Of `ssh`, up to the command that is to run there. */
  readonly parameters: readonly string[]
}

/** Throws `SshMissingError` where OpenSSH is not installed. */
export async function startSshd(): Promise<PrivateSshd> {
  const sshd = find('sshd')
  if (sshd === undefined || find('ssh') === undefined || find('ssh-keygen') === undefined)
    throw new SshMissingError('ssh and sshd are not installed (Debian: openssh-client and openssh-server)')
  const folder = await makeFolder()
  const [hostKey, userKey, config] = ['host', 'user', 'config'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const key of [hostKey, userKey]) spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  const port = await freePort()
  await writeFile(
    config,
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${hostKey}
PidFile none
AuthorizedKeysFile ${userKey}.pub
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PermitRootLogin yes
`,
  )
  const server = new Program(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    await server.writes('stderr', /Server listening/)
  } catch (error) {
    throw new SshMissingError(`sshd cannot be started here (${(error as Error).message.trim()})`, { cause: error })
  }
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes', 'LogLevel=ERROR']
  return {
    parameters: [
      '-F',
      'none',
      ...options.flatMap((option) => ['-o', option]),
      '-c',
      'aes128-gcm@openssh.com',
      '-i',
      userKey,
      '-p',
      String(port),
      '127.0.0.1',
    ],
    [Symbol.dispose]: () => server[Symbol.dispose](),
  }
}

/** Where an administrator's programs may be outside of the path of others. */
function find(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
