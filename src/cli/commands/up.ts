import { isatty } from 'node:tty'
import type { Command } from 'commander'
import type { LoadedConfig } from '../../daemon/config/load.ts'
import type { Daemon } from '../../daemon/daemon.ts'
import type { DaemonLog } from '../../daemon/log/log.ts'
import type { Served } from '../../daemon/serve.ts'
import { version } from '../../daemon/version.ts'
import type { Logger } from '../../node/events/log.ts'
import { FolderInUseError } from '../../store/errors.ts'
import { folderHolder } from '../../store/folder.ts'
import { awaitDaemon } from '../await-daemon.ts'
import { DaemonSignals } from '../daemon-signals.ts'
import { type FoundDaemon, isServing, webAddress } from '../find-daemon.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, withFolder } from '../options.ts'
import type { SettingsOptions } from '../settings-flags.ts'
import { openStandardOutput } from '../terminal/standard-output.ts'
import { banner } from '../terminal/up-banner.ts'

interface UpOptions extends FolderOptions, SettingsOptions {}

const standardOutput = 1

/** `holdfast up`. */
export function addUp(program: Command): void {
  const command = program.command('up').description('run the node in the foreground, with its API and dashboard')
  withHelp(
    withFolder(command),
    `
A flag overrides the environment (HOLDFAST_LISTEN and so on), which overrides the configuration file; \`holdfast
config\` shows the result. Repeat a flag to give it several values; --no-listen and the like mean none.

Signals: SIGINT and SIGTERM stop the node in order, a second one stops it at once. SIGHUP reloads the configuration.

Examples:
  $ holdfast up
  $ holdfast up --listen tcp://0.0.0.0:4001 --advertise tcp://example.net:4001
  $ holdfast up --config /etc/holdfast.toml`,
  ).action(up)
}

async function up(options: UpOptions): Promise<void> {
  const [{ loadConfig }, { flagsOf }, { openLog }] = await Promise.all([
    import('../../daemon/config/load.ts'),
    import('../settings-flags.ts'),
    import('../../daemon/log/log.ts'),
  ])
  const load = (): Promise<LoadedConfig> =>
    loadConfig({ dir: options.dir, file: options.config, flags: flagsOf(options) })
  const loaded = await load()
  const isTerminal = isatty(standardOutput)
  const log = openLog({
    level: loaded.config.logLevel,
    format: loaded.config.logFormat ?? (isTerminal ? 'pretty' : 'json'),
    colour: isTerminal && process.stdout.hasColors(),
    stream: openStandardOutput(),
  })
  try {
    await run({ loaded, load, log, isTerminal })
  } finally {
    await log.flushed()
  }
}

interface Run {
  readonly loaded: LoadedConfig
  readonly log: DaemonLog
  readonly isTerminal: boolean
  readonly load: () => Promise<LoadedConfig>
}

/** From the first signal that is listened to until everything is closed in order. */
async function run({ loaded, load, log, isTerminal }: Run): Promise<void> {
  using signals = new DaemonSignals()
  const { logger } = log
  for (const warning of loaded.warnings) logger.warn({}, warning)
  logWarnings(logger)
  const daemon = await openHere(loaded, load, log)
  try {
    const served = await serveApi(daemon, loaded)
    if (isTerminal) log.say(banner(daemon.node, loaded.config, served))
    else logger.info(facts(daemon, served), 'the daemon runs')
    if (served?.beyondLoopback) logger.warn({}, exposed(served))
    signals.started()
    signals.onReload(() => void daemon.context.config?.reload().catch(() => undefined))
    try {
      await signals.stopped
      logger.info({}, 'the daemon stops')
    } finally {
      await served?.close()
    }
  } finally {
    await daemon.close()
  }
}

async function openHere(loaded: LoadedConfig, load: Run['load'], { logger, setLevel }: DaemonLog): Promise<Daemon> {
  const [{ openDaemon }, { openOptionsOf }] = await Promise.all([
    import('../../daemon/daemon.ts'),
    import('../../daemon/config/open-options.ts'),
  ])
  const { config } = loaded
  for (;;) {
    try {
      return await openDaemon({
        node: { ...(await openOptionsOf(config)), logger },
        config: { loaded, load, changed: ({ logLevel }) => setLevel(logLevel) },
      })
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error
      // What is wrong with the other process is not what this one was asked.
      const other = await awaitDaemon(error.dir).catch(() => undefined)
      if (isServing(other)) throw await runsAlready(error, other)
      // It was a command, and is done.
      const isFree = (await folderHolder(error.dir).catch(() => error)) === undefined
      if (!isFree) throw error
    }
  }
}

/** A daemon that serves its API can be used, so there is no need for a second one. */
async function runsAlready(error: FolderInUseError, found: FoundDaemon): Promise<FolderInUseError> {
  const { pid } = found.status
  const url = await webAddress(error.dir)
  return new FolderInUseError(
    error.dir,
    `a daemon that runs already (pid ${pid}${url === undefined ? '' : `, ${url}`})`,
    `use it (\`holdfast status\`), stop it with \`kill ${pid}\``,
    pid,
  )
}

async function serveApi(daemon: Daemon, { config, origins }: LoadedConfig): Promise<Served | undefined> {
  if (!config.apiEnabled) return undefined
  const [{ serve }, { parseTcpAddress }] = await Promise.all([
    import('../../daemon/serve.ts'),
    import('../../transport/tcp/tcp-address.ts'),
  ])
  const { host, port } = parseTcpAddress(`tcp://${config.apiListen}`)
  // The usual port may give way to another; one that somebody chose may not.
  const wanted = origins.apiListen.kind === 'default' ? undefined : port
  return serve(daemon, { host, port: wanted, allowedHosts: config.apiHosts })
}

function facts({ node, context }: Daemon, served: Served | undefined): object {
  const { id, name, listening } = node
  return { id, name, dir: context.dir, listening, api: served?.url ?? null, pid: process.pid, version: version() }
}

function exposed({ url }: Served): string {
  return `the API at ${url} can be reached from other machines, and is not encrypted: whoever is on the way can read its token`
}

/** Node's own way to tell of what it does not approve, and the library's of what could not be stored. */
function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => logger.warn({ err: warning }, warning.message))
}
