import { access, constants, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'

export interface Options {
  readonly seconds: number
  readonly seed: number
  readonly json: boolean
  readonly file: string
  readonly size: number
}

/** The user asked for something that cannot be done; the message says what can. Exit code 2. */
export class UsageError extends Error {}

const DEFAULT_SECONDS = 20
const SECONDS_MAX = 86_400
const SEED_MAX = 2 ** 32 - 1
const DEFAULT_FILE_BYTES_MIN = 100e6
/** With fewer bytes to send, none would be moving when a fault strikes. */
const BYTES_PER_SECOND_MIN = 256

interface Flags {
  readonly seconds: number
  readonly seed?: number
  readonly json?: boolean
  readonly file?: string
}

/** Reads the command line. Prints and exits by itself for `--help` and for flags that do not exist. */
export async function readOptions(args: readonly string[]): Promise<Options> {
  const command = new Command('npm run demo --')
    .description(
      'Sends a file over one Holdfast stream, there and back between two processes, while the network between them ' +
        'is cut, reset, stalled and black-holed. Exits with 0 only if nothing was lost.',
    )
    .option('--seconds <number>', 'how long the transfer is to last', number(1, SECONDS_MAX, false), DEFAULT_SECONDS)
    .option('--file <path>', 'the file to send (default: the Node binary of this checkout)')
    .option('--seed <number>', 'repeats the schedule of faults (default: a random one)', number(0, SEED_MAX, true))
    .option('--json', 'print the result as one JSON object, the last line of standard output')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  command.parse(args, { from: 'user' })
  const flags = command.opts<Flags>()
  const { file, size } = flags.file === undefined ? await defaultFile() : await chosenFile(flags.file, flags.seconds)
  return {
    seconds: flags.seconds,
    seed: flags.seed ?? Math.floor(Math.random() * (SEED_MAX + 1)),
    json: flags.json ?? false,
    file,
    size,
  }
}

function number(min: number, max: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`)
  }
}

async function chosenFile(file: string, seconds: number): Promise<{ file: string; size: number }> {
  const size = await sizeOf(file)
  const sizeMin = Math.ceil(seconds * BYTES_PER_SECOND_MIN)
  if (size < sizeMin) {
    throw new UsageError(
      `${basename(file)} has ${size} bytes, too few to be still moving after ${seconds} s of faults; ` +
        `choose a file of at least ${sizeMin} bytes, or fewer --seconds`,
    )
  }
  return { file, size }
}

/** The pinned Node binary, which every checkout has after `npm ci`; else the one that runs this. */
async function defaultFile(): Promise<{ file: string; size: number }> {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const pinned = join(import.meta.dirname, '..', 'node_modules', 'node', 'bin', name)
  for (const file of [pinned, process.execPath]) {
    const size = await sizeOf(file).catch(() => 0)
    if (size >= DEFAULT_FILE_BYTES_MIN) return { file, size }
  }
  throw new UsageError(
    'there is no Node binary of 100 MB or more here to send; run `npm ci`, or name a file with --file',
  )
}

async function sizeOf(file: string): Promise<number> {
  try {
    await access(file, constants.R_OK)
    const stats = await stat(file)
    if (stats.isFile()) return stats.size
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`--file: ${file} cannot be read (${code ?? String(error)}); name a file that exists`)
  }
  throw new UsageError(`--file: ${file} is not a regular file; name one that is`)
}
