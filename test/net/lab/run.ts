import { execFile } from 'node:child_process'

/** No command on namespaces, links or rules takes longer. */
const TIMEOUT_MS = 10_000

/** Runs a command of the system to its end, with `input` on its standard input; answers what it prints, fails with what it says on standard error. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }))
    })
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
