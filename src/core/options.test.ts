import { expect, test } from 'vitest'
import { ABOVE_ZERO, choice, number, protocols, resolveOptions, toggle, whole } from './options.ts'

const table = {
  waitMs: number({ default: 50, least: 10, most: 100, unit: 'milliseconds', text: 'How long to wait.' }),
  rate: number({ default: 1, least: ABOVE_ZERO, text: 'How often.' }),
  count: whole<number | undefined>({ default: undefined, least: 1, most: 9, otherwise: 'no bound', text: 'How many.' }),
  order: choice<'id' | 'address'>({ choices: ['id', 'address'], default: 'id', text: 'Which is first.' }),
  watched: toggle({ default: true, text: 'Whether it is watched.' }),
  protocols: protocols({ default: [], text: 'What may be used.' }),
}

test('what is left out or undefined has its default', () => {
  const defaults = { waitMs: 50, rate: 1, count: undefined, order: 'id', watched: true, protocols: [] }
  expect(resolveOptions(table)).toEqual(defaults)
  expect(resolveOptions(table, { waitMs: undefined, order: 'address' })).toEqual({ ...defaults, order: 'address' })
})

test('values at the ends of a range are taken', () => {
  const given = { waitMs: 10, rate: 1e-9, count: 9, protocols: 'all' } as const
  expect(resolveOptions(table, given)).toMatchObject(given)
  expect(resolveOptions(table, { waitMs: 100, rate: Infinity })).toMatchObject({ waitMs: 100, rate: Infinity })
})

test.each([
  [{ waitMs: 9 }, 'a.waitMs must be from 10 to 100 milliseconds, not 9'],
  [{ waitMs: Number.NaN }, 'a.waitMs must be from 10 to 100 milliseconds, not NaN'],
  [{ waitMs: '50' }, 'a.waitMs must be from 10 to 100 milliseconds, not "50"'],
  [{ rate: 0 }, 'a.rate must be above 0, not 0'],
  [{ count: 1.5 }, 'a.count must be a whole number from 1 to 9, not 1.5'],
  [{ order: 'size' }, 'a.order must be "id" or "address", not "size"'],
  [{ watched: 'no' }, 'a.watched must be true or false, not "no"'],
  [{ protocols: 'chat/1' }, 'a.protocols must be "all" or a list of names of protocols, not "chat/1"'],
])('%j is refused with what would be right', (given, message) => {
  expect(() => resolveOptions(table, given as object, 'a.')).toThrow(new RangeError(message))
})
