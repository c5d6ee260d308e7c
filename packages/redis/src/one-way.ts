/**
 * Chooses one of several nodes, and answers it for as long as it stands: what goes two ways may end in another order.
 * Where choosing fails, whoever asks next tries again.
 */
export function oneWay<Node>(
  choose: () => Promise<Node>,
  stands: (node: Node) => boolean,
): () => Promise<Node> {
  let chosen: Node | undefined
  let choosing: Promise<Node> | undefined
  const chooseAnew = async (): Promise<Node> => {
    try {
      chosen = await choose()
      return chosen
    } finally {
      choosing = undefined
    }
  }
  return () => {
    if (chosen !== undefined && stands(chosen)) return Promise.resolve(chosen)
    choosing ??= chooseAnew()
    return choosing
  }
}

/** Any of them: the nodes of an application are not to meet at the same one. */
export function anyOf<One>(among: readonly One[]): One | undefined {
  return among[Math.floor(Math.random() * among.length)]
}
