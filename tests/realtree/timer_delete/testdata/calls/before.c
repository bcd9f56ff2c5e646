/* Calls, wherever they stand and however they are laid out. Names that only resemble the old ones stay. */

#define lamp_still(lamp) del_timer(&(lamp)->blink)

#define lamp_dark(lamp)						\
	do {							\
		if (del_timer_sync(&(lamp)->blink))		\
			lamp_put(lamp);				\
		lamp_off(lamp);					\
	} while (0)

static int lamp_stop(struct lamp *lamp, bool wait)
{
	int pending;

	if (!wait)
		return del_timer(&lamp->blink);
	pending = del_timer_sync(&lamp->blink);
	if (try_to_del_timer_sync(&lamp->fade) < 0 || del_timer(&lamp->fade))
		pending++;
	if (WARN_ON(del_timer_sync(&lamp->fade) != 0) && (del_timer) (&lamp->glow)) /* want: unknown-shape "no plain call: whether it is the function or a variable of this name is not known" */
		return -EBUSY;
	return pending;
}

static void lamp_remove(struct lamp *lamp)
{
	struct timer_list *timer;

	lamp_for_each_timer(timer, lamp)
		del_timer_sync(timer);
	if (lamp->bright) del_timer (&lamp->bright_timer);
#ifdef CONFIG_LAMP_FADE
	(void)del_timer_sync(&lamp->
			     fade);
	del_timer_sync(/* of the glow */ &lamp->glow);	/* del_timer() is not enough */
#endif
	lamp_list_remove(&lamp->list,
			 del_timer(&lamp->blink),
			 "del_timer");
}
