import { createRoute } from '@hono/zod-openapi'
import { ConfigError, place } from '../../config/errors.ts'
import type { ConfigInForce } from '../../config/in-force.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { settings } from '../../config/setting.ts'
import { ConfigReload, ConfigView } from '../../contract/config.ts'
import type { Api, ApiContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { problems } from '../problem.ts'

const get = createRoute({
  method: 'get',
  path: '/api/v1/config',
  operationId: 'getConfig',
  tags: ['node'],
  summary: 'The settings that are in force, and where each value comes from',
  responses: { 200: { description: 'OK', content: { 'application/json': { schema: ConfigView } } }, ...problems(404) },
})

const reload = createRoute({
  method: 'post',
  path: '/api/v1/config/reload',
  operationId: 'reloadConfig',
  tags: ['node'],
  summary: 'Read the configuration anew, and put in force what can change without a restart',
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: ConfigReload } } },
    ...problems(404, 422),
  },
})

export function configRoutes(api: Api, { config }: ApiContext): void {
  api.openapi(get, async (c) => c.json(await view(known(config)), 200))
  api.openapi(reload, async (c) => {
    const { changed, waiting } = await known(config).reload()
    return c.json({ changed: [...changed], needRestart: [...waiting] }, 200)
  })
}

/** A node that a command has opened for itself has been told everything by that command. */
function known(config: ConfigInForce | undefined): ConfigInForce {
  if (config !== undefined) return config
  throw new NotFoundError('This node was opened without a configuration; start a daemon with `holdfast up`')
}

async function view(inForce: ConfigInForce): Promise<ConfigView> {
  const { config, origins, file } = inForce.current
  const { newest = inForce.current, problem } = await look(inForce)
  return {
    dir: config.dir,
    file: file ?? null,
    problem,
    values: settings.map(({ key, about: { reload: reloadable } }) => ({
      key,
      value: config[key] ?? null,
      source: origins[key].kind,
      place: place(origins[key]),
      reloadable,
      pending: inForce.differs(key, newest) ? (reloadable ? 'reload' : 'restart') : null,
      next: newest.config[key] ?? null,
    })),
  }
}

async function look(inForce: ConfigInForce): Promise<{ newest?: LoadedConfig; problem: string | null }> {
  try {
    return { newest: await inForce.look(), problem: null }
  } catch (error) {
    if (error instanceof ConfigError) return { problem: error.message }
    throw error
  }
}
