package desktop

import (
	"context"
	"sync"
)

// flow is one thing that a person is doing: it begins when a page is opened and ends when another one is. What it still
// has under way when it ends is cancelled, and its results are dropped.
type flow struct {
	ctx     context.Context
	cancel  context.CancelFunc
	onUI    func(func())
	running *sync.WaitGroup
}

// under runs work off the UI goroutine and then, with what it returned, on it. Nothing comes back once the flow is over.
// The context that work gets ends with the flow or when the returned function is called.
func under[T any](f *flow, work func(context.Context) (T, error), then func(T, error)) (cancel context.CancelFunc) {
	ctx, cancel := context.WithCancel(f.ctx)
	f.running.Add(1)
	go func() {
		defer f.running.Done()
		value, err := work(ctx)
		cancel()
		f.onUI(func() {
			if f.ctx.Err() == nil {
				then(value, err)
			}
		})
	}()
	return cancel
}

// nothing is for work that returns no more than an error.
type nothing struct{}

// only turns work that returns no more than an error into what under takes.
func only(work func(context.Context) error) func(context.Context) (nothing, error) {
	return func(ctx context.Context) (nothing, error) { return nothing{}, work(ctx) }
}
