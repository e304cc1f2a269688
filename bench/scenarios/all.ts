import type { Scenario } from './scenario.ts'

/** Every subcommand; each is loaded only if it is asked for. */
const loaders: Readonly<Record<string, () => Promise<Scenario>>> = {
  mesh: async () => (await import('../mesh/mesh.ts')).mesh,
  idle: async () => (await import('../idle/idle.ts')).idle,
  detect: async () => (await import('../duo/detect.ts')).detect,
  failover: async () => (await import('../duo/failover.ts')).failover,
  recover: async () => (await import('../duo/recover.ts')).recover,
  restart: async () => (await import('../duo/restart.ts')).restart,
  aggregate: async () => (await import('../duo/aggregate.ts')).aggregate,
  pipe: async () => (await import('../pipe/pipe.ts')).pipe,
  strangers: async () => (await import('../strangers/strangers.ts')).strangers,
  letter: async () => (await import('../letter/letter.ts')).letter,
  noise: async () => (await import('../duo/noise.ts')).noise,
}

export const SCENARIOS: readonly string[] = Object.keys(loaders)

/** Throws an error that names those that exist if there is none of that name. */
export function loadScenario(name: string): Promise<Scenario> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
  if (load === undefined) throw new Error(`there is no benchmark "${name}"; there are ${SCENARIOS.join(', ')}`)
  return load()
}
