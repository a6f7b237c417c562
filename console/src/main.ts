import { fetchSession } from './api/fetch-session.ts'
import { loadPage } from './pages/load-page.ts'
import './styles/base.css'

// On a slow computer, running the code takes longest. So the session is asked for first, and the code of the page comes
// together with that of the frame around it, also for somebody who will sign in first.
const answer = fetchSession('GET')
// The answer is awaited below. If it fails earlier, the browser would report an unhandled error.
answer.catch(() => undefined)
const frame = import('./app.tsx')
// The frame says what is wrong.
const page = loadPage(window.location.hash).catch(() => undefined)
const [{ show }] = await Promise.all([frame, page])
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id root.')
await show(root, answer)
