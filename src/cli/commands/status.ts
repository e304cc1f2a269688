import type { Command } from 'commander'
import { Changes } from '../changes.ts'
import { type Control, withControl } from '../control.ts'
import { DaemonUnreachableError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { settled } from '../settled.ts'
import { LiveScreen } from '../terminal/live-screen.ts'
import { note, outputColumns, print, printJson } from '../terminal/output.ts'
import { statusLines } from '../terminal/status-screen.ts'
import { wrapped } from '../terminal/text.ts'

interface StatusOptions extends FolderOptions, JsonOptions {
  readonly watch?: true
}

/** Relative times go on between events. */
const redrawMs = 1_000

/** `holdfast status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('show the node and its peers: state, health and links')
    .option('-w, --watch', 'keep showing it as it changes, until Ctrl-C')
  withHelp(
    withJson(withFolder(command)),
    `
If no daemon runs, the command opens the node itself and waits a few seconds for its peers. With --json or without a
terminal, --watch prints everything again at each change.

Examples:
  $ holdfast status
  $ holdfast status --watch
  $ holdfast status --json | jq '.peers[] | {name, state: .state.kind}'`,
  ).action(status)
}

async function status({ watch, ...options }: StatusOptions): Promise<void> {
  await withControl(options, async (control, signal) => {
    if (watch) return watchStatus(control, options, signal)
    if (control.node !== undefined) {
      note('No daemon runs on this folder (`holdfast up` starts one); this is what a node finds now')
      await settled(control.node, signal)
    }
    await show(control, options)
  })
}

async function show(control: Control, { json }: JsonOptions): Promise<void> {
  const { status, peers } = await look(control)
  if (json) return printJson({ ...status, peersByState: status.peers, peers })
  for (const line of statusLines({ status, peers, nowMs: Date.now(), columns: outputColumns() })) print(line)
}

async function look({ api }: Control) {
  const [status, peers] = await Promise.all([api.status(), api.peers()])
  return { status, peers }
}

async function watchStatus(control: Control, options: JsonOptions, signal: AbortSignal): Promise<void> {
  const isLive = process.stdout.isTTY && !options.json
  using screen = isLive ? new LiveScreen(process.stdout) : undefined
  using changes = new Changes(control, signal)
  do {
    if (screen === undefined) await show(control, options)
    else await redraw(control, screen, changes)
  } while (await changes.next())
  signal.throwIfAborted()
}

/** Draws what is now, and again each second as times go on, until something changes. */
async function redraw(control: Control, screen: LiveScreen, changes: Changes): Promise<void> {
  const lines = await linesNow(control)
  const draw = (): void => screen.draw(lines(screen.columns))
  draw()
  const timer = setInterval(draw, redrawMs)
  process.stdout.on('resize', draw)
  try {
    await changes.pending()
  } finally {
    clearInterval(timer)
    process.stdout.off('resize', draw)
  }
}

/** A daemon that has gone is no reason to give up the screen: it may be started again. */
async function linesNow(control: Control): Promise<(columns: number) => string[]> {
  try {
    const seen = await look(control)
    return (columns) => statusLines({ ...seen, nowMs: Date.now(), columns })
  } catch (error) {
    if (!(error instanceof DaemonUnreachableError)) throw error
    return (columns) => wrapped('The daemon has ended, and with it all connections; waiting until it is back', columns)
  }
}
