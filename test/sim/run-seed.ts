import { drawPlan } from './draw-plan.ts'
import { checkEnd } from './mesh-check.ts'
import { World } from './world.ts'

export interface SeedResult {
  readonly seed: number
  /** What must not have happened; empty if all is well. */
  readonly problems: readonly string[]
  readonly faults: number
  readonly virtualMs: number
  /** Of everything that happened: the same for the same seed. */
  readonly hash: number
}

/** How long closing both nodes may take. */
const CLOSE_MS = 30_000
/** A few moments in which nothing should happen any more. */
const REST_MS = 5_000

/**
 * Runs the simulation that a seed stands for, with another number of nodes than it says itself if `nodes` is given. `print` gets a timeline.
 * Never rejects: whatever goes wrong is a problem.
 */
export async function runSeed(seed: number, nodes?: number, print?: (line: string) => void): Promise<SeedResult> {
  const world = new World(drawPlan(seed, nodes), print)
  const unhandled = (reason: unknown): void => world.report(`nobody handled: ${describe(reason)}`)
  const warned = (warning: Error): void => world.report(`the library warned: ${describe(warning)}`)
  process.on('unhandledRejection', unhandled)
  process.on('uncaughtException', unhandled)
  process.on('warning', warned)
  try {
    await play(world)
  } catch (error) {
    world.report(`the simulation broke off: ${describe(error)}`)
  } finally {
    process.off('unhandledRejection', unhandled)
    process.off('uncaughtException', unhandled)
    process.off('warning', warned)
  }
  return { seed, problems: world.problems, faults: world.faultsStruck, virtualMs: world.clock.now(), hash: world.hash }
}

async function play(world: World): Promise<void> {
  const { clock, plan, traffic } = world
  const failed = (): boolean => world.problems.length > 0
  await world.begin()
  await clock.run(plan.calmAtMs, failed)
  await clock.run(plan.calmAtMs + plan.patienceMs, () => failed() || traffic.isDone)
  if (failed()) return
  for (const unfinished of traffic.unfinished())
    world.report(`not finished ${plan.patienceMs} ms after calm: ${unfinished}`)
  if (failed()) return
  await clock.run(Math.max(plan.endAtMs, clock.now() + REST_MS), failed)
  if (failed()) return
  await world.checkBroadcasts()
  world.checkVolume()
  if (plan.onDemandIdleMs === undefined) await checkEnd(world, world.report)
  world.checkRest()
  await close(world)
}

async function close(world: World): Promise<void> {
  const { clock } = world
  const machines = world.everybody.filter(({ node }) => node !== undefined)
  let open: number = machines.length
  for (const machine of machines) {
    void machine.close().then(() => {
      open--
    })
  }
  await clock.run(clock.now() + CLOSE_MS, () => open === 0)
  if (open > 0) world.report(`${open} nodes did not close within ${CLOSE_MS} ms`)
  await clock.run(clock.now() + REST_MS)
  for (const machine of machines) {
    const { pendingTimers = 0, missingBudgetBytes = 0 } = machine.run ?? {}
    if (pendingTimers > 0) world.report(`${machine.name} left ${pendingTimers} timers behind`)
    const { size } = world.network.host(machine.host).channels
    if (size > 0) world.report(`${machine.name} left ${size} channels behind`)
    if (missingBudgetBytes !== 0)
      world.report(`${machine.name} has ${missingBudgetBytes} bytes of its budget still in use`)
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
