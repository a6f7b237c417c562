// Runs in a folder with an installed Strapi: makes its tables and users, and writes what it then says of each to said.json.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const folder = process.cwd()
const { createStrapi } = createRequire(`${folder}/`)('@strapi/strapi')
const app = createStrapi({ appDir: folder, distDir: folder, serveAdminPanel: false })
await app.start()
const { port } = app.server.httpServer.address()
const users = app.plugin('users-permissions').service('user')

/**
 * As a browser signs up.
 * @param {string} username
 * @returns {Promise<{ readonly id: number }>}
 */
async function signUp(username) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/auth/local/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, email: `${username}@Example.com`, password: 'never read' }),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  const { user } = /** @type {any} */ (await answer.json())
  return user
}

const ada = await signUp('Ada')
const spam = await signUp('spam')
await signUp('plain')
const editor = await app.db
  .query('plugin::users-permissions.role')
  .create({ data: { name: 'Éditeur', type: 'editor' } })
await users.edit(ada.id, { role: editor.id, shoeSize: 38, apiKey: 'never read' })
await users.edit(spam.id, { blocked: true, confirmed: false })
await users.add({
  username: 'grace',
  email: 'Grace@Example.com',
  provider: 'google',
  confirmed: true,
  password: 'never read',
})
writeFileSync('said.json', JSON.stringify(await users.fetchAll({ populate: ['role'] })))
await app.destroy()
// Strapi's timers would keep the process alive.
process.exit(0)
