import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type FolderOptions, type JsonOptions, withFolder, withJson } from './options.ts'
import { note, print, printJson } from './output.ts'

/** `holdfast id`. Needs no hold on the folder, so it works beside a running node. */
export function addId(program: Command): void {
  const command = program
    .command('id')
    .description("print this node's id, which others know it by; makes it if there is none yet")
  withJson(withFolder(command)).action(id)
}

async function id({ dir, json }: FolderOptions & JsonOptions): Promise<void> {
  const { identityFileName, loadOrCreateIdentity } = await import('../identity/identity-file.ts')
  const isNew = !existsSync(join(dir, identityFileName))
  const identity = await loadOrCreateIdentity(dir)
  if (isNew) note(`Made a new identity in ${dir}`)
  if (json) printJson({ id: identity.id, dir })
  else print(identity.id)
}
