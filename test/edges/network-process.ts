// The process of a network: a TCP relay on loopback between two daemons.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { NetworkRequest } from './network.ts'
import { Shaper, shape } from './shaper.ts'

const there = new Shaper()
const back = new Shaper()
const sockets = new Set<Socket>()
let targetPort = 0

const server = createServer({ allowHalfOpen: true }, relay).listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', (request: NetworkRequest) => {
  serve(request)
  process.send!({ done: request.kind })
})
process.on('disconnect', () => process.exit())
process.send!({ port: (server.address() as AddressInfo).port })

function serve(request: NetworkRequest): void {
  switch (request.kind) {
    case 'lead-to':
      targetPort = request.port
      return
    case 'shape':
      for (const shaper of [there, back]) Object.assign(shaper, request.network)
      return
    case 'reset':
      for (const socket of sockets) socket.resetAndDestroy()
      return
    case 'hold':
      for (const shaper of [there, back]) shaper.hold(request.forMs)
  }
}

function relay(inbound: Socket): void {
  const outbound = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
  for (const [socket, other] of [
    [inbound, outbound],
    [outbound, inbound],
  ] as const) {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => other.resetAndDestroy())
    socket.on('close', () => {
      sockets.delete(socket)
      if (socket.errored !== null) other.destroy()
    })
  }
  shape(inbound, outbound, there)
  shape(outbound, inbound, back)
}
