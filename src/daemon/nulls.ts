/** The same without `undefined`: in the API what is not known is `null`, never missing. */
export type Nulled<T> = { [Key in keyof T]: undefined extends T[Key] ? Exclude<T[Key], undefined> | null : T[Key] }

/** Replaces `undefined` by `null` in the properties of an object, not in those of the objects in it. */
export function nulled<T extends object>(object: T): Nulled<T> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, value ?? null])) as Nulled<T>
}
