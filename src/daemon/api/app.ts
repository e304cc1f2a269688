import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { VERSION_HEADER, version } from '../version.ts'
import type { Api, ApiContext, ApiEnv, Resource } from './context.ts'
import { BodyTooLargeError, InvalidRequestError, MethodNotAllowedError, NotFoundError } from './errors.ts'
import { mistakesIn } from './mistakes.ts'
import { problemOf, problemResponse } from './problem.ts'
import { chatRoutes } from './routes/chat.ts'
import { configRoutes } from './routes/config.ts'
import { dashboardRoutes } from './routes/dashboard.ts'
import { descriptionRoutes } from './routes/description.ts'
import { doctorRoutes } from './routes/doctor.ts'
import { eventRoutes } from './routes/events.ts'
import { linkRoutes } from './routes/links.ts'
import { metricRoutes } from './routes/metrics.ts'
import { pairingRequestRoutes } from './routes/pairing-requests.ts'
import { pairingRoutes } from './routes/pairings.ts'
import { peerRoutes } from './routes/peers.ts'
import { pingRoutes } from './routes/ping.ts'
import { pipeRoutes } from './routes/pipes.ts'
import { statusRoutes } from './routes/status.ts'

/** A chat message of 16,384 control characters, each of which JSON writes in six bytes, has room. */
const BODY_BYTES_MAX = 128 * 1024

/** What the API consists of; each resource stands in a file of its own. */
const resources: readonly Resource[] = [
  descriptionRoutes,
  statusRoutes,
  peerRoutes,
  linkRoutes,
  pairingRoutes,
  pairingRequestRoutes,
  pingRoutes,
  configRoutes,
  eventRoutes,
  pipeRoutes,
  metricRoutes,
  doctorRoutes,
  chatRoutes,
  dashboardRoutes,
]

/** The API without a socket, and without a guard: whoever can call it in this process may do everything. */
export function createApp(context: ApiContext): Api {
  const ownVersion = version()
  const app: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      throw new InvalidRequestError(mistakesIn(result.error.issues, result.target))
    },
  })
  app.onError((error) => {
    if (problemOf(error).code === 'internal') context.logger?.error({ err: error }, 'a request of the API failed')
    return problemResponse(error)
  })
  app.notFound((c) =>
    problemResponse(new NotFoundError(`Nothing is at ${c.req.path}; /api/v1/openapi.json lists what there is`)),
  )
  app.use('/api/*', async (c, next) => {
    await next()
    // What peers say of themselves is for nobody's cache, and for no page to guess a type of or to embed.
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    c.header(VERSION_HEADER, ownVersion)
  })
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: () => problemResponse(new BodyTooLargeError(BODY_BYTES_MAX)) }))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(', ')
        const response = problemResponse(new MethodNotAllowedError(`${c.req.path} takes ${allow}, not ${c.req.method}`))
        response.headers.set('Allow', allow)
        return response
      },
    }),
  )
  for (const addRoutes of resources) addRoutes(app, context)
  return app
}
