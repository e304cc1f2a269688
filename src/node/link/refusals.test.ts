import { expect, test } from 'vitest'
import { ConnectError } from '../../transport/tcp/tcp-errors.ts'
import { RefusedError } from '../errors.ts'
import { inOne } from './refusals.ts'

const paused = () => new RefusedError('paused', 'it is paused there')

test('what all addresses answered alike is said once', () => {
  const { message } = inOne(new AggregateError([paused(), paused(), paused()], 'all failed'))
  expect(message.match(/paused there/g)).toHaveLength(1)
})

test('different answers are all said', () => {
  const unheard = new ConnectError('tcp://192.0.2.1:1', 'refused', undefined)
  const { message } = inOne(new AggregateError([paused(), unheard, paused()], 'all failed'))
  expect(message).toContain('paused there')
  expect(message).toContain(unheard.message)
})
