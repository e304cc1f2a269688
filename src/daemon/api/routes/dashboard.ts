import { type DashboardFile, notBuilt, readDashboard } from '../../dashboard-files.ts'
import type { Api } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { problemResponse } from '../problem.ts'

/** The page for browsers and its assets. They need no token, since there is nothing of this node in them. */
export function dashboardRoutes(api: Api): void {
  let files = readDashboard()
  const send = ({ body, headers }: DashboardFile, status = 200): Response => new Response(body, { status, headers })
  api.get('/', () => {
    // Whoever builds it while the daemon runs need not start that anew.
    files ??= readDashboard()
    const page = files?.get('/')
    return page === undefined ? send(notBuilt, 503) : send(page)
  })
  api.get('/assets/:name', (c) => {
    const file = files?.get(c.req.path)
    return file === undefined ? problemResponse(new NotFoundError(`The dashboard has no ${c.req.path}`)) : send(file)
  })
}
