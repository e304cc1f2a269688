// What strangers say in TLS, made by OpenSSL and recorded.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface HelloOptions {
  readonly protocols?: string[]
  readonly groups?: string
}

/** A ClientHello as OpenSSL sends it. It can be sent any number of times: the handshake goes no further than the answer. */
export async function recordClientHello({
  protocols = ['holdfast/1.3', 'holdfast/1'],
  groups,
}: HelloOptions = {}): Promise<Buffer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = connectTls({
    host: '127.0.0.1',
    port,
    ALPNProtocols: protocols,
    minVersion: 'TLSv1.3',
    rejectUnauthorized: false,
    ...(groups !== undefined && { ecdhCurve: groups }),
  })
  client.on('error', () => undefined)
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(accepted, 'data')) as [Buffer]
  accepted.destroy()
  client.destroy()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return hello
}
