import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { withHelp } from '../help.ts'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from '../options.ts'
import { note, print, printJson } from '../terminal/output.ts'

interface IdOptions extends FolderOptions, JsonOptions {
  readonly backup?: string
  readonly restore?: string
  readonly replace?: true
  readonly yes?: true
}

/** `holdfast id`. To print it, and to back it up, needs no hold on the folder, so that works beside a running node. */
export function addId(program: Command): void {
  const command = program
    .command('id')
    .description("print this node's id; creates the identity if there is none")
    .option('--backup <file>', 'write the identity into a new file, for a safe place')
    .option('--restore <file>', 'take the identity from a backup, into a folder that has none')
    .option('--replace', 'make a new identity and keep the old one in a file beside it; peers have to be paired anew')
    .option('-y, --yes', 'do not ask before replacing')
  withHelp(
    withJson(withFolder(command)),
    `
Anybody who has the identity can act as this node. Keep a backup like a password, and run it on one machine only.

Examples:
  $ holdfast id
  $ holdfast id --backup /media/stick/holdfast-identity
  $ holdfast id --replace                                  after it was stolen`,
  ).action(id)
}

async function id(options: IdOptions): Promise<void> {
  const { backup, restore, replace } = options
  if ([backup, restore, replace].filter((wish) => wish !== undefined).length > 1)
    throw new UsageError('--backup, --restore and --replace exclude each other; give one of them')
  if (backup !== undefined) await backUp(options, resolve(backup))
  else if (restore !== undefined) await restoreFrom(options, resolve(restore))
  else if (replace) await replaceIt(options)
  else await show(options)
}

async function show({ dir, json }: IdOptions): Promise<void> {
  const { identityFileName, loadOrCreateIdentity } = await import('../../identity/identity-file.ts')
  const isNew = !existsSync(join(dir, identityFileName))
  const identity = await loadOrCreateIdentity(dir)
  if (isNew) note(`Made a new identity in ${dir}`)
  if (json) printJson({ id: identity.id, dir })
  else print(identity.id)
}

async function backUp({ dir, json }: IdOptions, file: string): Promise<void> {
  const { backUpIdentity } = await import('../../identity/identity-backup.ts')
  const { id } = await backUpIdentity(dir, file)
  if (json) return printJson({ id, dir, backup: file })
  print(`Wrote the identity ${id} to ${file}`)
  note('Whoever has this file can be this node: keep it as you would a password')
}

async function restoreFrom({ dir, json }: IdOptions, file: string): Promise<void> {
  const { restoreIdentity } = await import('../../identity/identity-backup.ts')
  const { id } = await holding(dir, () => restoreIdentity(dir, file))
  if (json) return printJson({ id, dir })
  print(`The folder ${dir} has the identity ${id} now`)
  note('Let one machine alone run it: peers refuse a second one')
}

async function replaceIt({ dir, json, yes }: IdOptions): Promise<void> {
  const [{ replaceIdentity }, { loadIdentity }] = await Promise.all([
    import('../../identity/identity-backup.ts'),
    import('../../identity/identity-file.ts'),
  ])
  const present = await loadIdentity(dir)
  if (present !== undefined && !yes && !(await isReplacementWanted(present.id))) return note('Nothing was changed')
  const { before, identity, kept } = await holding(dir, () => replaceIdentity(dir))
  if (json) return printJson({ id: identity.id, dir, before: before.id, kept })
  print(`The folder ${dir} has the new identity ${identity.id}`)
  note(`The old one is kept in ${kept}. Every peer has to be paired anew: \`holdfast ticket\``)
}

async function isReplacementWanted(id: string): Promise<boolean> {
  const [{ wanted }, { Interruption }] = await Promise.all([
    import('../terminal/confirm.ts'),
    import('../terminal/interrupt.ts'),
  ])
  using interruption = new Interruption()
  return await wanted(
    `Replace the identity ${id}, so that no peer knows this node until it is paired anew?`,
    interruption.signal,
  )
}

/** No node may run with the identity that is being changed. */
async function holding<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const { holdFolder } = await import('../../store/folder.ts')
  const hold = await holdFolder(dir)
  try {
    return await work()
  } finally {
    hold.release()
  }
}
