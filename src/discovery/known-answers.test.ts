import { expect, it } from 'vitest'
import { peerIdFromPublicKey } from '../identity/peer-id.ts'
import type { Sighting } from './discovery.ts'
import { KnownAnswers } from './known-answers.ts'

const told = (from: string, more: Partial<Sighting> = {}): Sighting => ({
  id: peerIdFromPublicKey(new Uint8Array(32).fill(1)),
  from,
  name: 'node',
  addresses: [`tcp://${from}:4000`],
  acceptsPairing: false,
  lifeMs: 120_000,
  ...more,
})

it('P6: a node that was heard a short time ago need not answer, for a minute or until it is gone', () => {
  const known = new KnownAnswers()
  known.heard(told('192.168.7.2'), 0)
  known.heard(told('192.168.7.2'), 1_000)
  expect(known.list(61_000)).toMatchObject([{ type: 'PTR', ttl: 60 }])
  expect(known.list(62_000)).toEqual([])
  known.heard(told('192.168.7.2'), 70_000)
  known.heard(told('192.168.7.2', { lifeMs: 0 }), 70_000)
  expect(known.list(70_000)).toEqual([])
})

it('P6: a node that somebody else speaks of as well is to answer each time', () => {
  const known = new KnownAnswers()
  known.heard(told('192.168.7.2'), 0)
  for (let second = 1; second < 300; second++) {
    known.heard(told('192.168.7.66'), second * 1_000)
    expect(known.list(second * 1_000)).toEqual([])
  }
  expect(known.list(400_000)).toEqual([])
  known.heard(told('192.168.7.2'), 400_000)
  expect(known.list(400_000)).toHaveLength(1)
})
