// The options that several commands have, and how they are read.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseName as nameOf } from '../identity/name.ts'
import type { OpenOptions } from '../node/options.ts'
import { defaultFolder } from './data-folder.ts'

export interface FolderOptions {
  readonly dir: string
}

export interface NetworkOptions {
  /** False after `--no-listen`. */
  readonly listen?: readonly string[] | false
  readonly advertise?: readonly string[]
}

/** Of the node that a command opens itself where no daemon runs. */
export interface NodeOptions extends FolderOptions, NetworkOptions {
  readonly name?: string
}

export interface JsonOptions {
  readonly json?: true
}

/** `--dir`: which node it is. */
export function withFolder(command: Command): Command {
  const folder = defaultFolder()
  return command.addOption(
    new Option('--dir <folder>', 'folder of the node; HOLDFAST_DIR sets the default')
      .default(folder)
      .argParser((text) => {
        if (text !== '') return text
        throw new InvalidArgumentError('Name a folder.')
      }),
  )
}

const ownNode = 'Where no daemon runs, and instead of what the configuration says:'

/** `--listen` and `--advertise`, for commands that may open the node themselves. */
export function withNetwork(command: Command): Command {
  const option = (flags: string, description: string): Option => new Option(flags, description).helpGroup(ownNode)
  return command
    .addOption(option('--listen <address>', 'listen on tcp://host:port, any number of times').argParser(collect))
    .addOption(option('--no-listen', 'do not listen, only dial'))
    .addOption(
      option(
        '--advertise <address>',
        'tell peers this address instead of those listened on, any number of times',
      ).argParser(collect),
    )
}

/** `--dir`, `--listen`, `--advertise` and `--name`, for commands by which a node introduces itself to another. */
export function withNode(command: Command): Command {
  const name = new Option('--name <name>', 'what the other node is to call this one').argParser(parseName)
  return withNetwork(withFolder(command)).addOption(name.helpGroup(ownNode))
}

function parseName(text: string): string {
  try {
    return nameOf(text)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}

/** `--json`, for commands that print. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, one object a line; errors too, on standard error')
}

/**
 * What `open` needs: the options, and what the configuration says of the rest, so that a command opens the same node as a daemon would. Throws `ConfigError`, also
 * for an address that is none.
 */
export async function openOptions(options: NodeOptions): Promise<OpenOptions> {
  const { dir, name, listen, advertise } = options
  const [{ loadConfig }, { openOptionsOf }] = await Promise.all([
    import('../daemon/config/load.ts'),
    import('../daemon/config/open-options.ts'),
  ])
  const { config } = await loadConfig({ dir, flags: { name, listen: listen === false ? [] : listen, advertise } })
  return openOptionsOf(config)
}

/** Reads a whole number. For commander, so it throws `InvalidArgumentError`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
  }
}

/** What was there before is false after `--no-listen`, and undefined at first. */
function collect(text: string, before: string[] | false | undefined): string[] {
  return Array.isArray(before) ? [...before, text] : [text]
}
