/** Something that can be awaited and is no promise: query builders answer such objects. */
export function thenable(then: unknown): Promise<never> {
  return { then } as unknown as Promise<never>
}

/** The same, which resolves when it says so. */
export function lazy(run: (resolve: () => void) => void): Promise<void> {
  return thenable(run)
}
