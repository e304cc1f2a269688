import { expect, test } from 'vitest'
import { Draft } from './draft.ts'

test('a message that is sent again without an answer is the same message', () => {
  const draft = new Draft()
  const first = draft.outgoing('hello')
  expect(first.id).toMatch(/^[0-9a-f]{32}$/)
  expect(draft.outgoing('hello')).toEqual(first)
})

test('the same words after an answer, and other words, are another message', () => {
  const draft = new Draft()
  const first = draft.outgoing('hello')
  draft.kept(first)
  const second = draft.outgoing('hello')
  expect(second.id).not.toBe(first.id)
  expect(draft.outgoing('hello!').id).not.toBe(second.id)
})

test('a late answer to an earlier message says nothing of the one that is sent now', () => {
  const draft = new Draft()
  const first = draft.outgoing('hello')
  const second = draft.outgoing('bye')
  draft.kept(first)
  expect(draft.outgoing('bye')).toEqual(second)
})
