// Whatever happens to the network and to both processes: in the end both have the same messages, each once, each author's in their order.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Chatter, chattingPair } from './chat-world.ts'
import { VirtualWorld } from './virtual.ts'

type Who = 'alice' | 'bob'

type Act =
  | { readonly act: 'say'; readonly who: Who; readonly count: number }
  | {
      readonly act: 'crash'
      readonly who: Who
      readonly how: 'reset' | 'silent'
      readonly when: 'now' | 'stored' | 'ticked'
    }
  | { readonly act: 'close' | 'start'; readonly who: Who }
  | { readonly act: 'reset' | 'cut' | 'hole' | 'heal' }
  | { readonly act: 'pass'; readonly ms: number }

const who = fc.constantFrom<Who>('alice', 'bob')
const acts = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ act: fc.constant('say' as const), who, count: fc.integer({ min: 1, max: 90 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        act: fc.constant('crash' as const),
        who,
        how: fc.constantFrom('reset' as const, 'silent' as const),
        when: fc.constantFrom('now' as const, 'stored' as const, 'ticked' as const),
      }),
    },
    { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('close' as const, 'start' as const), who }) },
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constantFrom('reset' as const, 'cut' as const, 'hole' as const, 'heal' as const),
      }),
    },
    { weight: 6, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.nat({ max: 20_000 }) }) },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.nat({ max: 60 }) }) },
  ),
  { minLength: 5, maxLength: 40 },
)

it('counts what is sent, fails with its stream, is sent again and is acknowledged', async () => {
  const world = new VirtualWorld()
  const { alice, bob } = await chattingPair(world)
  const { counts } = alice.chat
  alice.say(bob, 'one')
  await world.until(() => alice.waitingFor(bob) === 0)
  expect(counts).toEqual({ sent: 1, repeated: 0, acknowledged: 1, failed: 0 })
  world.network.path('alice', 'bob').blackHole()
  alice.say(bob, 'two')
  alice.say(bob, 'three')
  await world.run(1_000)
  expect(counts).toEqual({ sent: 3, repeated: 0, acknowledged: 1, failed: 0 })
  bob.crash()
  world.network.path('alice', 'bob').heal()
  await bob.start()
  await world.until(() => alice.waitingFor(bob) === 0)
  expect(counts).toEqual({ sent: 5, repeated: 2, acknowledged: 3, failed: 2 })
})

it('both sides end with the same messages, each once, in the order of their author', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const world = new VirtualWorld()
      const chatters = await chattingPair(world)
      const { alice, bob } = chatters
      const said: Record<Who, string[]> = { alice: [], bob: [] }
      for (const act of list) await perform(act, world, chatters, said)
      world.network.path('alice', 'bob').heal()
      await settle(world, alice, bob)
      expect(alice.texts(bob, 'me')).toEqual(said.alice)
      expect(bob.texts(alice, 'peer')).toEqual(said.alice)
      expect(bob.texts(alice, 'me')).toEqual(said.bob)
      expect(alice.texts(bob, 'peer')).toEqual(said.bob)
    }),
    { numRuns: 15 },
  )
  // Much is computed here; a machine that is busy with other things takes its time.
}, 120_000)

/** Starts who does not run, and waits until nothing waits. A crash that was still to come may come now. */
async function settle(world: VirtualWorld, alice: Chatter, bob: Chatter): Promise<void> {
  const isDown = (): boolean => !alice.runs || !bob.runs
  const isDone = (): boolean => alice.waitingFor(bob) + bob.waitingFor(alice) === 0
  do {
    for (const one of [alice, bob]) if (!one.runs) await one.start()
    await world.until(() => isDown() || isDone(), 300_000)
  } while (isDown())
}

async function perform(
  act: Act,
  world: VirtualWorld,
  chatters: Readonly<Record<Who, Chatter>>,
  said: Record<Who, string[]>,
): Promise<void> {
  const path = world.network.path('alice', 'bob')
  switch (act.act) {
    case 'say': {
      const [author, other] = act.who === 'alice' ? [chatters.alice, chatters.bob] : [chatters.bob, chatters.alice]
      // It may crash as soon as the first of them is kept.
      for (let count = 0; count < act.count && author.runs; count++) {
        const text = `${act.who} ${said[act.who].length}`
        said[act.who].push(text)
        author.say(other, text)
      }
      return
    }
    case 'crash':
      return crash(chatters[act.who], act)
    case 'close':
      if (chatters[act.who].runs) await world.wait(chatters[act.who].close())
      return
    case 'start':
      if (!chatters[act.who].runs) await chatters[act.who].start()
      return
    case 'reset':
      return path.reset()
    case 'cut':
      return path.cut()
    case 'hole':
      return path.blackHole()
    case 'heal':
      return path.heal()
    case 'pass':
      return world.run(act.ms)
  }
}

/** Now, or in the very moment in which the next message is on disk and its acknowledgement, or the tick, was not seen by anybody else. */
function crash(chatter: Chatter, { how, when }: Act & { act: 'crash' }): void {
  if (!chatter.runs) return
  const { chat } = chatter
  const gone = (): void => {
    if (chatter.runs && chatter.chat === chat) chatter.crash(how)
  }
  if (when === 'now') gone()
  else chat.once(when === 'stored' ? 'message' : 'delivered', gone)
}
