// The log-in of this browser: a cookie that no script can read, and short tokens that it is good for.

/** Answers whether name and password were right. */
export async function login(name, password) {
  const answer = await post('/login', { name, password })
  return answer.ok
}

/** A fresh token; `undefined` where nobody is logged in. */
export async function freshToken() {
  const answer = await post('/token')
  if (answer.status === 401) return undefined
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  return (await answer.json()).token
}

export function logout() {
  return post('/logout')
}

function post(path, body) {
  return fetch(path, { method: 'POST', ...(body && { body: JSON.stringify(body) }) })
}
