import { expect, it } from 'vitest'
import { parseChatInput } from './input.ts'

const bob = { id: 'hf1bob00', name: 'Bob' }
const carol = { id: 'hf1carol', name: 'carol jones' }

it.each([
  ['hello', { kind: 'say', to: bob, text: 'hello' }],
  ['carol jones: hello', { kind: 'say', to: carol, text: 'hello' }],
  ['bob: hello: you', { kind: 'say', to: bob, text: 'hello: you' }],
  ['dave: hello', { kind: 'say', to: bob, text: 'dave: hello' }],
  ['bob:', { kind: 'say', to: bob, text: 'bob:' }],
  ['//etc/hosts', { kind: 'say', to: bob, text: '/etc/hosts' }],
  ['  ', { kind: 'nothing' }],
  ['/to carol jones', { kind: 'to', peer: carol }],
  ['/to', { kind: 'wrong', text: '/to takes a name: Bob, carol jones' }],
  ['/who', { kind: 'who' }],
  ['/quit', { kind: 'quit' }],
  ['/history', { kind: 'history', lines: 20 }],
  ['/history 5', { kind: 'history', lines: 5 }],
  ['/history many', { kind: 'wrong', text: '/history takes a number from 1 to 1000' }],
  ['/shout', { kind: 'wrong', text: 'There is no /shout; /help tells what there is' }],
])('reads %j', (line, input) => {
  expect(parseChatInput(line, [bob, carol], bob)).toEqual(input)
})

it('asks for whom it is where nobody is chosen, and takes all for text where there is but one', () => {
  expect(parseChatInput('hello', [bob, carol], undefined)).toMatchObject({ kind: 'wrong' })
  expect(parseChatInput('bob: hello', [bob], bob)).toEqual({ kind: 'say', to: bob, text: 'bob: hello' })
})
