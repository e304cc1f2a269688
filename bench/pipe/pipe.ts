import { open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nowMs } from '../clock.ts'
import { makeFolder } from '../folder.ts'
import { type Stage, scenario } from '../scenarios/scenario.ts'
import { bootstrapMedian, type Estimate, median } from '../statistics.ts'
import { type PrivateSshd, SshMissingError, startSshd } from './private-sshd.ts'
import { buildHoldfast, holdfast, Program } from './program.ts'

const MEGABYTE = 1_000_000

/** The sides of a pipe: folders with a daemon each, which are paired. */
interface Daemons extends Disposable {
  readonly sender: string
  readonly receiver: string
}

export const pipe = scenario({
  about: '`holdfast pipe` between two daemons beside `ssh`, a file into /dev/null',
  details: `holdfastMs   from the start of \`holdfast pipe bob < file\` until both commands have ended, the median
sshMs        the same of \`ssh -c aes128-gcm@openssh.com 127.0.0.1 'cat >/dev/null' < file\`, with a server of its own
rateRatio    Holdfast's rate ÷ that of ssh, formed round by round: its median and 95 % interval; promised is 1
Both include the start of the programs, Holdfast's as it is installed. Each round runs the two one after the other, in turns; the file is sparse and
in the page cache. A round before the first is not counted, since the daemons have touched none of their memory yet
and on a virtual machine each new page costs. It needs sshd (Debian: openssh-server); without it Holdfast is measured alone.`,
  options: {
    megabytes: { value: 1_000, least: 1, about: 'size of the file, in MB of 1,000,000 bytes' },
    rounds: { value: 5, least: 1, about: 'rounds' },
  },
  async run({ megabytes, rounds }, stage) {
    stage.progress('pipe: builds the commands')
    buildHoldfast()
    const file = join(await makeFolder(), 'input')
    await writeFile(file, '')
    await truncate(file, megabytes * MEGABYTE)
    using daemons = await startDaemons()
    using sshd = await startSshdIfPossible(stage)
    stage.progress('pipe: a round that is not counted')
    await timeHoldfast(daemons, file)
    if (sshd !== undefined) await timeSsh(sshd, file)
    const times: { readonly holdfastMs: number; readonly sshMs: number | undefined }[] = []
    for (let round = 0; round < rounds; round++) {
      stage.progress(`pipe: round ${round + 1} of ${rounds}`)
      const holdfastFirst = round % 2 === 0
      const first = holdfastFirst ? await timeHoldfast(daemons, file) : undefined
      const sshMs = sshd && (await timeSsh(sshd, file))
      times.push({ holdfastMs: first ?? (await timeHoldfast(daemons, file)), sshMs })
    }
    return result(times, megabytes)
  },
})

function result(
  times: readonly { readonly holdfastMs: number; readonly sshMs: number | undefined }[],
  megabytes: number,
): object {
  const holdfastMs = median(times.map((time) => time.holdfastMs))
  const compared = times.flatMap(({ holdfastMs: own, sshMs }) => (sshMs === undefined ? [] : [{ own, sshMs }]))
  const rateRatio: Estimate | undefined = bootstrapMedian(compared.map(({ own, sshMs }) => sshMs / own))
  const rateOf = (ms: number): number => (megabytes / ms) * 1_000
  if (rateRatio === undefined) return { holdfastMs, holdfastMBPerSecond: rateOf(holdfastMs), ssh: 'not measured' }
  const sshMs = median(compared.map((time) => time.sshMs))
  return {
    holdfastMs,
    sshMs,
    holdfastMBPerSecond: rateOf(holdfastMs),
    sshMBPerSecond: rateOf(sshMs),
    rateRatio,
    promise: '≥ 1',
  }
}

async function startSshdIfPossible(stage: Stage): Promise<PrivateSshd | undefined> {
  try {
    return await startSshd()
  } catch (error) {
    if (!(error instanceof SshMissingError)) throw error
    stage.progress(`pipe: no comparison, since ${error.message}`)
    return undefined
  }
}

async function startDaemons(): Promise<Daemons> {
  const folder = await makeFolder()
  const config = join(folder, 'config.toml')
  await writeFile(config, 'listen = ["tcp://127.0.0.1:0"]\napiListen = "127.0.0.1:0"\nmdnsEnabled = false\n')
  const [sender, receiver] = [join(folder, 'alice'), join(folder, 'bob')]
  const running: Program[] = []
  for (const [dir, name] of [
    [sender, 'alice'],
    [receiver, 'bob'],
  ] as const) {
    const daemon = holdfast(['up', '--dir', dir, '--name', name, '--config', config])
    running.push(daemon)
    await daemon.writes('stdout', /the daemon runs/)
  }
  using ticket = holdfast(['ticket', '--dir', receiver])
  const [line] = await ticket.writes('stdout', /^hfticket1\S+/)
  await holdfast(['pair', line, '--dir', sender]).succeeds()
  return {
    sender,
    receiver,
    [Symbol.dispose]() {
      for (const daemon of running) daemon[Symbol.dispose]()
    },
  }
}

async function timeHoldfast({ sender, receiver }: Daemons, path: string): Promise<number> {
  using accepting = holdfast(['pipe', '--accept', '--dir', receiver], { stdio: ['ignore', 'ignore', 'pipe'] })
  await accepting.writes('stderr', /Waiting for a peer/)
  return await timeWithInput(path, async (input) => {
    using opening = holdfast(['pipe', 'bob', '--dir', sender], { stdio: [input, 'ignore', 'pipe'] })
    await Promise.all([opening.succeeds(), accepting.succeeds()])
  })
}

function timeSsh({ parameters }: PrivateSshd, path: string): Promise<number> {
  return timeWithInput(path, async (input) => {
    using ssh = new Program('ssh', [...parameters, 'cat >/dev/null'], { stdio: [input, 'ignore', 'pipe'] })
    await ssh.succeeds()
  })
}

async function timeWithInput(path: string, run: (input: number) => Promise<void>): Promise<number> {
  await using file = await open(path)
  const startedMs = nowMs()
  await run(file.fd)
  return nowMs() - startedMs
}
