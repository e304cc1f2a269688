// A short run of the whole bench: everything is measured, and the last line says it as programs read it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { whyNoSandbox } from '../../test/net/sandbox.ts'
import type { Criterion, resultOf } from './criteria.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')
const LIMIT_MS = 240_000

const obstacle = await whyNoSandbox()

test.skipIf(obstacle !== undefined)(
  'npm run bench letter measures every criterion, and its last line is their JSON',
  { timeout: LIMIT_MS },
  async () => {
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      const parameters = [MAIN, 'letter', '--minutes', '0.25', '--json']
      execFile(process.execPath, parameters, { timeout: LIMIT_MS, maxBuffer: 2 ** 24 }, (error, text) =>
        resolve({ code: error === null ? 0 : error.code, stdout: text }),
      )
    })
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as ReturnType<typeof resultOf>
    expect(code).toBe(result.failed.length === 0 ? 0 : 1)
    expect(result.criteria).toBeGreaterThanOrEqual(45)
    expect(result.results.length).toBe(result.criteria)
    expect(result.met + result.failed.length).toBe(result.criteria)
    expect(new Set(result.results.map(({ document }) => document.slice(0, 3)))).toEqual(
      new Set(['000', '001', '002', '003', '004']),
    )
    const complete = ({ section, what, target, measured, met }: Criterion): boolean =>
      [section, what, target, measured].every((text) => text !== '') && typeof met === 'boolean'
    expect(result.results.filter((one) => !complete(one))).toEqual([])
    // Some criteria may be missed in so short a run on a busy machine; none may be left unmeasured.
    expect(result.results.filter(({ target }) => target === 'to be measured')).toEqual([])
    expect(stdout).toContain(`${result.met} of ${result.criteria} criteria are met`)
  },
)
