import { Component, type ReactNode } from 'react'
import { forgetFailures } from '../pages/load-page.ts'
import { Button } from '../parts/button.tsx'
import { Notice } from '../parts/states.tsx'
import { texts } from '../texts/texts.ts'

/** A fault in one page leaves the others usable. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override componentDidCatch() {
    forgetFailures()
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <Notice tone="bad" title={texts.app.crashed}>
        <span>{error instanceof Error ? error.message : String(error)}</span>
        <Button isSmall onPress={() => window.location.reload()}>
          {texts.app.reload}
        </Button>
      </Notice>
    )
  }
}
