/* Where the old names are defined nothing changes. */
extern int timer_delete_sync(struct timer_list *timer);
extern int timer_delete(struct timer_list *timer);

/**
 * del_timer_sync - Delete a pending timer and wait for a running callback
 */
static inline int del_timer_sync(struct timer_list *timer)
{
	return timer_delete_sync(timer);
}

static inline int del_timer(struct timer_list *timer)
{
	return timer_delete(timer);
}
