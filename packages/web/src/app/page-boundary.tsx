import { Component, type ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";

interface State {
  readonly error: unknown;
  readonly hasFailed: boolean;
}

/** Stands in for a page that could not be loaded or shown; the navigation around it stays. `place` names what is shown. */
export class PageBoundary extends Component<{ place: string; children: ReactNode }, State> {
  override state: State = { error: undefined, hasFailed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, hasFailed: true };
  }

  override componentDidUpdate(before: { place: string }): void {
    const isElsewhere = before.place !== this.props.place;
    if (isElsewhere && this.state.hasFailed) this.setState({ error: undefined, hasFailed: false });
  }

  override render(): ReactNode {
    const { error, hasFailed } = this.state;
    if (!hasFailed) return this.props.children;
    return (
      <Notice tone="bad" title="This page could not be shown">
        <p>{error instanceof Error ? error.message : String(error)}</p>
        <p>Nothing is lost: what was written is kept. Load the app again, or go to another page.</p>
        <Button look="primary" onClick={() => location.reload()}>
          Load again
        </Button>
      </Notice>
    );
  }
}
