import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { useLocation, useRoute } from 'wouter'
import type { Credentials } from '../../api/fetch-session.ts'
import { useSession } from '../../api/session.tsx'
import { Button } from '../../parts/button.tsx'
import { Segments } from '../../parts/choice.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Failed, Loading } from '../../parts/states.tsx'
import { ROUTES } from '../../routes.ts'
import { Logo } from '../../shell/shell.tsx'
import { texts } from '../../texts/texts.ts'
import styles from './sign-in.module.css'

/** The whole page of somebody who is signed out. */
export function SignIn() {
  const words = texts.signIn
  const [isByLink, params] = useRoute(ROUTES.signIn)
  const [linkError, setLinkError] = useState<unknown>()
  useEffect(() => {
    document.title = `${texts.signIn.title} · ${texts.app.name}`
  }, [])
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <div className={styles.head}>
          <Logo />
          <h1>{words.title}</h1>
        </div>
        {linkError === undefined ? null : <Failed error={linkError} title={words.linkFailed} />}
        {isByLink ? (
          <ByLink code={params.code} onFailed={setLinkError} />
        ) : (
          <SignInForm onTry={() => setLinkError(undefined)} />
        )}
        <p className={styles.help}>{words.help}</p>
      </div>
    </main>
  )
}

/** Over the page of somebody whose token has ended, so that nothing they typed is lost. */
export function SignInAgain() {
  return (
    <Dialog title={texts.signIn.again}>
      <p>{texts.signIn.againHint}</p>
      <SignInForm />
    </Dialog>
  )
}

// The code works once, so it is sent once, also when React runs the effect twice. It leaves the address, so that it is
// not in the history of the browser.
function ByLink({ code, onFailed }: { readonly code: string; onFailed(error: unknown): void }) {
  const { signIn } = useSession()
  const [, go] = useLocation()
  const isSent = useRef(false)
  useEffect(() => {
    if (isSent.current) return
    isSent.current = true
    signIn({ code })
      .catch(onFailed)
      .finally(() => go(ROUTES.overview, { replace: true }))
  }, [code, signIn, go, onFailed])
  return <Loading lines={2} />
}

type Way = 'client' | 'token'

function SignInForm({ onTry }: { readonly onTry?: () => void }) {
  const words = texts.signIn
  const [way, setWay] = useState<Way>('client')
  const [values, setValues] = useState({ client_id: '', client_secret: '', token: '' })
  const { signIn } = useSession()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    onTry?.()
    const { token, ...client } = values
    const credentials: Credentials = way === 'client' ? client : { token: token.trim() }
    // A password manager may keep a secret, this page does not.
    await signIn(credentials).catch(setError)
    setBusy(false)
  }
  const input = (name: keyof typeof values, label: string, more: Record<string, unknown> = {}): ReactNode => (
    <TextField
      label={label}
      value={values[name]}
      onChange={(value) => setValues({ ...values, [name]: value })}
      isRequired
      isCode
      {...more}
    />
  )
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <Segments
        label={words.way}
        isLabelHidden
        options={[
          { id: 'client', label: words.byClient },
          { id: 'token', label: words.byToken },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === 'client' ? (
        <>
          {input('client_id', words.clientId, { autoComplete: 'username' })}
          {input('client_secret', words.clientSecret, { type: 'password', autoComplete: 'current-password' })}
        </>
      ) : (
        input('token', words.token, { lines: 4, hint: words.tokenHint, autoComplete: 'off' })
      )}
      {error === undefined ? null : <Failed error={error} title={words.failed} />}
      <Button type="submit" look="primary" isBusy={isBusy}>
        {isBusy ? words.signingIn : words.signIn}
      </Button>
    </form>
  )
}
