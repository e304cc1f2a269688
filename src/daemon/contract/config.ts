import { z } from '@hono/zod-openapi'

/** One value that is in force. Secrets are not shown. */
export const ConfigValue = z
  .object({
    key: z.string().openapi({ example: 'keepAlive.intervalMsMax' }),
    value: z.unknown(),
    source: z.enum(['default', 'file', 'environment', 'flag']),
    reloadable: z.boolean().openapi({ description: 'A change takes effect without a restart' }),
  })
  .openapi('ConfigValue')

export const ConfigView = z
  .object({
    file: z.string().nullable().openapi({ description: 'The file that was read; `null` if there is none' }),
    values: z.array(ConfigValue),
  })
  .openapi('Config')
export type ConfigView = z.infer<typeof ConfigView>

/** What came of reading the configuration anew. */
export const ConfigReload = z
  .object({
    changed: z.array(z.string()).openapi({ description: 'Keys whose new values are in force' }),
    needRestart: z.array(z.string()).openapi({ description: 'Keys whose new values wait for a restart' }),
  })
  .openapi('ConfigReload')
export type ConfigReload = z.infer<typeof ConfigReload>
