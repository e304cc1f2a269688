/** What a worker can be; each role is loaded with nothing of the others. */
const loaders = {
  mesh: async () => new (await import('./mesh/mesh-host.ts')).MeshHost(),
  meshLibp2p: async () => new (await import('./mesh/libp2p-mesh-host.ts')).Libp2pMeshHost(),
  idle: async () => new (await import('./idle/idle-host.ts')).IdleHost(),
  restart: async () => new (await import('./duo/restart-host.ts')).RestartHost(),
  strangers: async () => new (await import('./strangers/strangers-host.ts')).StrangersHost(),
  duo: async () => new (await import('./duo/duo-host.ts')).DuoHost(),
}

export type RoleName = keyof typeof loaders

/** The object whose methods other processes call. */
export function loadRole(name: RoleName): Promise<object> {
  return loaders[name]()
}
