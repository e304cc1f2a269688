import { once } from 'node:events'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'

it('a deadline that has just passed is due at once, without a warning of Node', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  const fired = new Promise<void>((resolve) => systemClock.after(-0.0003, resolve))
  // Keeps the process alive, and is a warning that must arrive.
  process.emitWarning('the last one')
  await Promise.all([fired, once(process, 'warning')])
  process.off('warning', onWarning)
  expect(warnings.map(({ message }) => message)).toEqual(['the last one'])
})
