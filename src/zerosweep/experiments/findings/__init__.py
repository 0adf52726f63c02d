"""What published experiments found, as checks over recorded runs. A sweep file names those that its runs are to show."""
