import type { Command } from 'commander'
import type { DoctorCheck, DoctorReport } from '../../daemon/contract/doctor.ts'
import { span } from '../../format/figures.ts'
import { type Control, withControl } from '../control.ts'
import { FindingsError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { settled } from '../settled.ts'
import { choosePeer } from '../terminal/choose-peer.ts'
import { doctorLines, hasFailed } from '../terminal/doctor-report.ts'
import { note, outputColumns, print, printJson } from '../terminal/output.ts'

/** `holdfast doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('find out why a peer cannot be reached, and suggest what to do')
    .argument('[peer]', 'the peer, by nickname or the start of its id (default: all)')
  withHelp(
    withJson(withFolder(command)),
    `
Checks this node, its folder, clock and network; dials every known address of the peer without disturbing the session;
tries to connect if the peer is away; and asks the peer for its view. Exit code 1 if a check fails.

Examples:
  $ holdfast doctor bob
  $ holdfast doctor --json | jq '.peers[].checks[] | select(.status == "fail")'`,
  ).action(doctor)
}

async function doctor(text: string | undefined, options: FolderOptions & JsonOptions): Promise<void> {
  const report = await withControl(options, async (control, signal) => {
    const peer = text === undefined ? undefined : choosePeer(text, await control.api.peers())
    note('Looking; this takes up to 20 s if somebody does not answer')
    if (control.node !== undefined) await settled(control.node, signal)
    const found = await control.api.doctor(peer?.id, signal)
    return { ...found, node: [running(control), ...found.node] }
  })
  tell(report, options)
  if (hasFailed(report)) throw new FindingsError()
}

function tell(report: DoctorReport, { json }: JsonOptions): void {
  if (json) printJson(report)
  else for (const line of doctorLines(report, outputColumns())) print(line)
}

/** Whether a daemon runs is nothing that the daemon itself could find out. */
function running({ daemon }: Control): DoctorCheck {
  if (daemon === undefined) {
    return {
      check: 'running',
      status: 'warn',
      text: 'no daemon runs on this folder; a node was opened to look',
      cure: 'run `holdfast up`: peers are connected only while a node runs',
      data: { daemon: false },
    }
  }
  const { pid, startedAtMs, version } = daemon.status
  return {
    check: 'running',
    status: 'ok',
    text: `the daemon (pid ${pid}, Holdfast ${version}) has run for ${span(Date.now() - startedAtMs)}`,
    cure: null,
    data: { daemon: true, pid, version },
  }
}
