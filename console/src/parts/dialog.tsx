import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import styles from './parts.module.css'

/** Shown while it is rendered. `onClose` absent: it can only be left by what is in it. */
export function Dialog({
  title,
  isWide = false,
  onClose,
  children,
}: {
  readonly title: string
  readonly isWide?: boolean
  onClose?(): void
  readonly children: ReactNode
}) {
  const isLeavable = onClose !== undefined
  return (
    <ModalOverlay
      className={styles.overlay ?? ''}
      isOpen
      isDismissable={isLeavable}
      isKeyboardDismissDisabled={!isLeavable}
      onOpenChange={(isOpen) => isOpen || onClose?.()}
    >
      <Modal className={`${styles.dialog} ${isWide ? styles.dialogWide : ''}`}>
        <AriaDialog className={styles.dialogBody ?? ''}>
          <Heading slot="title">{title}</Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
