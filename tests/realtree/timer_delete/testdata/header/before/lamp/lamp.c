static void lamp_off(struct lamp *lamp)
{
	del_timer(&lamp->blink);
	del_timer_sync(&lamp->fade);
}
