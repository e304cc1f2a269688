/** Whose criterion it is: one of the five documents that the product was made from, and its section. */
export interface Source {
  readonly document: string
  readonly section: string
}

/** One criterion of success, and what became of it. */
export interface Criterion extends Source {
  readonly what: string
  readonly target: string
  readonly measured: string
  readonly met: boolean
}

/** The documents, as docs/coming-from.md names them. */
export const SPACEDRIVE = '000 Spacedrive'
export const TIME = '001 TIME'
export const IROH = '002 Spacedrive on Iroh'
export const SYNCTHING = '003 Syncthing'
export const OTTER = '004 Otter'

/** Gathers criteria while they are measured. */
export class Criteria {
  readonly all: Criterion[] = []

  /** `measured` is met if it is `target` exactly. */
  equal({ document, section }: Source, what: string, measured: number | string, target: number | string): void {
    this.#add({ document, section, what, target: String(target), measured: String(measured), met: measured === target })
  }

  /** A number below a limit, in `unit`; undefined was not reached. */
  below(source: Source, what: string, measured: number | undefined, limit: number, unit: string): void {
    this.#limit(source, what, measured, `< ${limit} ${unit}`, unit, measured !== undefined && measured < limit)
  }

  atMost(source: Source, what: string, measured: number | undefined, limit: number, unit: string): void {
    this.#limit(source, what, measured, `≤ ${limit} ${unit}`, unit, measured !== undefined && measured <= limit)
  }

  atLeast(source: Source, what: string, measured: number | undefined, limit: number, unit: string): void {
    this.#limit(source, what, measured, `≥ ${limit} ${unit}`, unit, measured !== undefined && measured >= limit)
  }

  /** Whether all of `wanted` are there; measured is what is missing. */
  contains(source: Source, what: string, missing: readonly string[], target: string): void {
    const measured = missing.length === 0 ? 'all there' : `missing: ${missing.join(', ')}`
    this.#add({ ...source, what, target, measured, met: missing.length === 0 })
  }

  /** A criterion that could not be measured, because what has to come before it did not. */
  failed({ document, section }: Source, what: string, error: unknown): void {
    const measured = error instanceof Error ? error.message : String(error)
    this.#add({ document, section, what, target: 'to be measured', measured, met: false })
  }

  #limit(source: Source, what: string, value: number | undefined, target: string, unit: string, met: boolean): void {
    this.#add({
      ...source,
      what,
      target,
      measured: value === undefined ? 'not reached' : `${rounded(value)} ${unit}`,
      met,
    })
  }

  #add(criterion: Criterion): void {
    this.all.push(criterion)
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** The result, as `--json` prints it. */
export function resultOf(all: readonly Criterion[]): {
  criteria: number
  met: number
  failed: readonly Criterion[]
  results: readonly Criterion[]
} {
  const results = all.toSorted((a, b) => a.document.localeCompare(b.document))
  const failed = results.filter(({ met }) => !met)
  return { criteria: results.length, met: results.length - failed.length, failed, results }
}

/** For people: a line for each criterion, by document. */
export function reportOfCriteria(all: readonly Criterion[]): string {
  const lines: string[] = []
  let before = ''
  for (const { document, section, what, target, measured, met } of resultOf(all).results) {
    if (document !== before) lines.push('', document)
    before = document
    lines.push(`  ${met ? 'met    ' : 'NOT MET'}  ${what}: ${measured} (target: ${target}; ${section})`)
  }
  const { criteria, met } = resultOf(all)
  return [...lines, '', `${met} of ${criteria} criteria are met`].join('\n')
}
