// Reads the description of the API, to hold the API to it.
import { z } from 'zod'

/** A JSON schema, as far as it is looked at here. */
interface JsonSchema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: unknown
  readonly allOf?: readonly JsonSchema[]
  readonly required?: readonly string[]
  readonly [key: string]: unknown
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly path: string
  readonly method: string
  readonly needsToken: boolean
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: JsonSchema }[]
  readonly requestBody: (Content & { readonly required?: boolean }) | undefined
  readonly responses: Readonly<Record<string, Content>>
}

interface Item extends Omit<Operation, 'path' | 'method' | 'needsToken'> {
  readonly security?: readonly unknown[]
}

/** The description, as it is answered. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Item>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      parameters: operation.parameters ?? [],
      path,
      method: method.toUpperCase(),
      needsToken: operation.security?.length !== 0,
    })),
  )
}

/** What is said of answers with the status; of those from 400 up that are not listed, the same as of `default`. */
export function responseOf({ responses }: Operation, status: number): Content | undefined {
  return responses[status] ?? (status >= 400 ? responses['default'] : undefined)
}

/** Checks bodies against a schema of the document. Properties that it does not name are wrong too: an answer has none that is not described. */
export function checkerOf(document: Document, schema: JsonSchema): z.ZodType {
  return z.fromJSONSchema(closed(document, schema) as Parameters<typeof z.fromJSONSchema>[0])
}

/** The schema with what it refers to in the place of references, and closed to further properties. */
function closed(document: Document, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((part) => closed(document, part))
  if (typeof schema !== 'object' || schema === null) return schema
  const resolved = resolve(document, schema as JsonSchema)
  const parts = Object.fromEntries(
    Object.entries(resolved).map(([key, value]) => [key, key === 'example' ? undefined : closed(document, value)]),
  )
  const isOpen = resolved.properties === undefined || resolved.additionalProperties !== undefined
  return isOpen ? parts : { ...parts, additionalProperties: false }
}

/** Follows a reference; joins the parts of an object that are all to hold. */
function resolve(document: Document, schema: JsonSchema): JsonSchema {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.replace('#/components/schemas/', '')
    const found = document.components.schemas[name]
    if (found === undefined) throw new Error(`The document has no schema ${name}`)
    return resolve(document, found)
  }
  if (schema.allOf === undefined) return schema
  const parts = schema.allOf.map((part) => resolve(document, part))
  return {
    type: 'object',
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as Record<string, JsonSchema>,
    required: parts.flatMap(({ required = [] }) => required),
  }
}
