import type { Command } from 'commander'
import { withControl } from '../control.ts'
import { webAccess } from '../find-daemon.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { note, print, printJson } from '../terminal/output.ts'

/** `holdfast dashboard`. */
export function addDashboard(program: Command): void {
  const command = program.command('dashboard').description("print the URL of the daemon's dashboard")
  withHelp(
    withJson(withFolder(command)),
    `
The URL contains the API's token: anybody who has it can do everything that this command line can. The browser never
sends the part after #.

Example:
  $ xdg-open "$(holdfast dashboard)"`,
  ).action(dashboard)
}

async function dashboard({ json, ...options }: FolderOptions & JsonOptions): Promise<void> {
  const needsDaemon = 'the dashboard is served by one'
  await withControl({ ...options, needsDaemon }, async ({ daemon }) => {
    if (daemon === undefined) return
    const access = await webAccess(options.dir)
    const url = `${access.url}/#token=${access.token}`
    if (json) return printJson({ url })
    print(url)
    note('Keep it to yourself: it holds the token of the API')
  })
}
