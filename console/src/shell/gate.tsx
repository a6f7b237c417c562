import { unreachable } from '../api/problem.ts'
import { useSession } from '../api/session.tsx'
import { SignIn, SignInAgain } from '../pages/sign-in/sign-in.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { Shell } from './shell.tsx'

/** Who may come in: the pages, or the page to sign in. */
export function Gate() {
  const { standing, tryAgain } = useSession()
  switch (standing) {
    case 'loading':
      return (
        <main className="alone">
          <Loading lines={3} />
        </main>
      )
    case 'unreachable':
      return (
        <main className="alone">
          <Failed error={unreachable(undefined)} onTryAgain={tryAgain} />
        </main>
      )
    case 'signed-out':
      return <SignIn />
    case 'signed-in':
      return <Shell />
    case 'expired':
      return (
        <>
          <Shell />
          <SignInAgain />
        </>
      )
    default:
      return standing satisfies never
  }
}
