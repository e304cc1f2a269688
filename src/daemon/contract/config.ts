import { z } from '@hono/zod-openapi'

/** One setting. Secrets are not among them: they stand in files of their own. */
const ConfigValue = z
  .object({
    key: z.string().openapi({ example: 'adaptiveKeepAliveMaxS' }),
    value: z
      .unknown()
      .openapi({ description: 'What is in force; `null` where nothing was said and that is no value', example: 120 }),
    source: z.enum(['default', 'file', 'environment', 'flag']),
    place: z.string().openapi({
      description: 'Where exactly: file, line and column, the variable, the flag, or `default`',
      example: '/etc/holdfast/config.toml:3:1',
    }),
    reloadable: z.boolean().openapi({ description: 'A change takes effect without a restart' }),
    pending: z.enum(['reload', 'restart']).nullable().openapi({
      description: 'The sources say something else by now, which waits for that; `null` if they do not',
    }),
    next: z.unknown().openapi({ description: 'What will be in force then', example: 120 }),
  })
  .openapi('ConfigValue')

export const ConfigView = z
  .object({
    dir: z.string().openapi({ description: 'The folder of the node' }),
    file: z.string().nullable().openapi({ description: 'The file that was read; `null` if there is none' }),
    problem: z.string().nullable().openapi({
      description:
        'What is wrong in the sources by now, so that neither a reload nor a start would take them; `null` if nothing is',
    }),
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
