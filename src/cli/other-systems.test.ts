// Flags as other systems have them are answered by those of this one.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { program } from './program.ts'
import { addSettings, flagsOf } from './settings-flags.ts'

const advice = (args: readonly string[]): Promise<string> =>
  program()
    .parseAsync(['up', ...args], { from: 'user' })
    .then(
      () => 'taken',
      (error: Error) => error.message,
    )

test.each([
  [['--nickname', 'Alice'], '--name Alice'],
  [['--port', '9001'], '--listen tcp://0.0.0.0:9001'],
  [['--port'], '--listen tcp://0.0.0.0:4001'],
  [['--local-ip', '69.167.168.176'], '--advertise tcp://69.167.168.176:4001 --listen tcp://0.0.0.0:4001'],
  [['--idle-connection-timeout', '3600'], '--idle-timeout-s 3600'],
  [['--ping', 'false'], '--keep-alive-mode tcp --pings-under-load false'],
])('%j is answered by flags that are taken', async (args, instead) => {
  const message = await advice(args)
  expect(message).toMatch(/^There is no option --[a-z-]+; use --/)
  expect(message).toContain(`use ${instead}`)
  const command = new Command('up').exitOverride()
  addSettings(command)
  command.parse(instead.split(' '), { from: 'user' })
  expect(Object.keys(flagsOf(command.opts())).length).toBe(instead.split(' ').length / 2)
})
