import { HoldfastError } from '../../core/errors.ts'
import type { Logger } from '../../index.ts'
import type { LoadedConfig } from './load.ts'
import type { DaemonConfig, SettingKey } from './schema.ts'
import { settings } from './setting.ts'

/** What came of a reload. */
export interface Reloaded {
  /** These have new values that are in force. */
  readonly changed: readonly SettingKey[]
  /** These have new values that wait for a restart. */
  readonly waiting: readonly SettingKey[]
}

export interface ConfigInForceOptions {
  /** What the daemon was started with. */
  readonly loaded: LoadedConfig
  /** Reads all sources anew. Throws `ConfigError`. */
  load(): Promise<LoadedConfig>
  /** Puts values of settings that can change at run time in force, or changes nothing and throws. */
  apply(config: DaemonConfig): void
  /** Is told what came of each reload. */
  readonly logger?: Logger | undefined
}

/** The configuration of a running daemon: what is in force, and what waits for a restart. */
export class ConfigInForce {
  readonly #options: ConfigInForceOptions
  /** What holds. Settings that need a restart have the values of the start. */
  #current: LoadedConfig
  #reloading: Promise<unknown> = Promise.resolve()

  constructor(options: ConfigInForceOptions) {
    this.#options = options
    this.#current = options.loaded
  }

  get current(): LoadedConfig {
    return this.#current
  }

  /** What the sources say by now, which changes nothing. Throws `ConfigError`. */
  look(): Promise<LoadedConfig> {
    return this.#options.load()
  }

  /** Whether what the sources say by now is something else than what is in force. */
  differs(key: SettingKey, newest: LoadedConfig): boolean {
    return !same(this.#current.config[key], newest.config[key])
  }

  /**
   * Reads everything anew, checks it as a whole, and puts in force what can change at run time. Throws `ConfigError` if something is wrong; then all stays as it was. One
   * reload follows another.
   */
  reload(): Promise<Reloaded> {
    const reloaded = this.#reloading.then(() => this.#reload())
    this.#reloading = reloaded.then(
      (outcome) => this.#options.logger?.info({ ...outcome }, inWords(outcome)),
      (error: unknown) => {
        const why = error instanceof HoldfastError ? error.message : String(error)
        this.#options.logger?.error({ err: error }, `the configuration was not reloaded, and stays as it was: ${why}`)
      },
    )
    return reloaded
  }

  async #reload(): Promise<Reloaded> {
    const newest = await this.#options.load()
    const before = this.#current
    const config: Record<string, unknown> = { ...before.config }
    const origins = { ...before.origins }
    for (const { key, about } of settings) {
      // A value that is the same may have moved to another line, or another source.
      if (!about.reload && !same(before.config[key], newest.config[key])) continue
      config[key] = newest.config[key]
      origins[key] = newest.origins[key]
    }
    const current = { ...newest, config: config as unknown as DaemonConfig, origins }
    const changed = settings.filter(({ key }) => !same(before.config[key], current.config[key])).map(({ key }) => key)
    if (changed.length > 0) this.#options.apply(current.config)
    this.#current = current
    return { changed, waiting: settings.filter(({ key }) => this.differs(key, newest)).map(({ key }) => key) }
  }
}

function inWords({ changed, waiting }: Reloaded): string {
  const now = changed.length === 0 ? 'nothing has changed that can change now' : `${changed.join(', ')} changed`
  const later = waiting.length === 0 ? '' : `; ${waiting.join(', ')}: at the next start`
  return `the configuration was reloaded: ${now}${later}`
}

/** Values are texts, numbers, booleans, lists of texts, or undefined. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
