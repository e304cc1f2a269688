import { HoldfastError } from '../../core/errors.ts'

/** Where a value comes from. The later ones in this list go before the earlier. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flag'; readonly flag: string }

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Undefined where it has no place, such as a file that cannot be read. */
  readonly origin: Origin | undefined
  /** What is wrong and what would be right, without a full stop. */
  readonly text: string
}

/** The configuration cannot be used. Nothing was changed: a daemon that runs goes on with the one that it has. */
export class ConfigError extends HoldfastError {
  readonly code = 'config-invalid'
  /** All that is wrong, in the order of the sources. */
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(problemLine).join('\n'), options)
    this.problems = problems
  }
}

const problemLine = ({ origin, text }: Problem): string => (origin === undefined ? text : `${place(origin)}: ${text}`)

/** Where it is, as editors and people find it: `/etc/holdfast/config.toml:3:1`, `HOLDFAST_LISTEN`, `--listen`. */
export function place(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'file':
      return `${origin.path}:${origin.line}:${origin.column}`
    case 'environment':
      return origin.variable
    case 'flag':
      return origin.flag
  }
}
