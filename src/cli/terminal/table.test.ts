import { expect, test } from 'vitest'
import { table } from './table.ts'

const heading = ['NAME', 'LAST SEEN']
const rows = [
  ['bob', 'just now'],
  ['laptop', '3 min ago'],
]

test('columns stand under each other', () => {
  expect(table(heading, rows, 80)).toEqual(['NAME    LAST SEEN', 'bob     just now', 'laptop  3 min ago'])
})

test('where there is no room, each row is a block', () => {
  expect(table(heading, rows, 16)).toEqual(['bob', '  LAST SEEN', '  just now', 'laptop', '  LAST SEEN', '  3 min ago'])
})
